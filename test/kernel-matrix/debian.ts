import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './command'
import type { Architecture, GuestKernel } from './kernels'

// Debian's kernels by apt-get, with folders of its own: nothing of this machine's configuration is touched, and no
// privilege is needed.

const SOURCES = (keyring: string) => `Types: deb
URIs: http://deb.debian.org/debian
Suites: bullseye bookworm trixie trixie-backports
Components: main
Signed-By: ${keyring}

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bullseye-security bookworm-security trixie-security
Components: main
Signed-By: ${keyring}
`

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

export const DEBIAN_NAMES: Record<Architecture, string> = { x64: 'amd64', arm64: 'arm64' }

/** One release of a kernel, as apt knows it. */
interface Offer {
  version: string
  image: string
}

export interface Apt {
  offers(arch: Architecture): Promise<Offer[]>
  /** Fetches packages and unpacks them into a folder of the cache, once; answers the folder. */
  unpack(packages: readonly string[], name: string): Promise<string>
}

async function isOlderThanADay(file: string): Promise<boolean> {
  return (await capture(['find', file, '-mtime', '-1'])).trim() === ''
}

/** Sets apt up in a folder, and updates its lists where they are older than a day. */
export async function openApt(cache: string): Promise<Apt> {
  const folder = join(cache, 'apt')
  for (const part of ['lists/partial', 'archives/partial', 'parts', 'state'])
    mkdirSync(join(folder, part), { recursive: true })
  const config = join(folder, 'apt.conf')
  writeFileSync(join(folder, 'status'), '')
  writeFileSync(join(folder, 'parts/debian.sources'), SOURCES(KEYRING))
  writeFileSync(
    config,
    `Dir::State "${folder}/state"; Dir::State::lists "${folder}/lists"; Dir::State::status "${folder}/status";
Dir::Cache "${folder}"; Dir::Cache::archives "${folder}/archives";
Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "${folder}/parts"; Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::main "/dev/null"; Dir::Etc::parts "/dev/null";
APT::Architecture "amd64"; APT::Architectures { "amd64"; "arm64"; };
Acquire::Languages "none"; Acquire::Retries "3"; APT::Sandbox::User "";
`,
  )
  const env = { APT_CONFIG: config }
  const stamp = join(folder, 'updated')
  if (!existsSync(stamp) || (await isOlderThanADay(stamp))) {
    await capture(['apt-get', 'update', '-qq'], { env })
    writeFileSync(stamp, '')
  }

  const fetching = new Map<string, Promise<void>>()

  async function fetch(packages: readonly string[], target: string): Promise<void> {
    const partial = `${target}.partial`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true })
    await capture(['apt-get', 'download', '-qq', ...packages], { env, cwd: partial })
    for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
      await capture(['dpkg', '-x', join(partial, file), partial])
      rmSync(join(partial, file))
    }
    renameSync(partial, target)
  }

  return {
    async offers(arch) {
      const name = `linux-image-cloud-${DEBIAN_NAMES[arch]}:${DEBIAN_NAMES[arch]}`
      const shown = await capture(['apt-cache', 'show', name], { env })
      return shown.split('\n\n').flatMap((stanza) => {
        const version = /^Version: (.+)$/m.exec(stanza)?.[1]
        const image = /^Depends:.*\b(linux-image-\d[^ ,]*)/m.exec(stanza)?.[1]
        return version === undefined || image === undefined ? [] : [{ version, image }]
      })
    },
    unpack(packages, name) {
      const target = join(cache, name)
      // Two guests may want one kernel at the same time.
      const fetched = fetching.get(name) ?? (existsSync(target) ? Promise.resolve() : fetch(packages, target))
      fetching.set(name, fetched)
      return fetched.then(() => target)
    },
  }
}

/** The kernel's image below a folder, and the release that it names itself; null where there is none. */
function findImage(folder: string): string | null {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const image = files.find((file) => /(?:^|\/)(?:boot\/vmlinuz-[^/]+|usr\/lib\/modules\/[^/]+\/vmlinuz)$/.test(file))
  return image === undefined ? null : join(folder, image)
}

export interface FetchedKernel {
  version: string
  file: string
}

/** The image of a kernel. Newer packages hold it in linux-binary-…, of which linux-image-… is a mere sum. */
export async function fetchKernel(apt: Apt, { arch, series, pick }: GuestKernel): Promise<FetchedKernel> {
  const debian = DEBIAN_NAMES[arch]
  const offers = (await apt.offers(arch)).filter(({ version }) => version.startsWith(series))
  const offer = pick === 'newest' ? offers[0] : offers.at(-1)
  if (offer === undefined) throw new Error(`Expected a kernel ${series}* for ${arch} of Debian but received none`)
  const { image, version } = offer
  for (const name of [image, image.replace('linux-image-', 'linux-binary-')]) {
    const folder = await apt.unpack([`${name}:${debian}=${version}`], `${name}_${version}_${debian}`)
    const file = findImage(folder)
    if (file !== null) return { version, file }
  }
  throw new Error(`Expected a vmlinuz in ${image} but received none`)
}
