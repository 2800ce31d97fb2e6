// The addon as it was built, but for one file: benchmark/stand-in/protection_key.cc stands in for the processor's protection
// keys (npm run bench, on machines that have none). Prints the folder for MEMFD_SECRET_PREBUILD.
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './native-sources.mjs'
import { main, run } from './run-command.mjs'

const folder = path.join(root, 'build/stand-in')
const replaced = 'src/sys/protection_key'
const objects = 'Release/obj.target/memfd_secret'

/** The command that the build ran for a file: make keeps it. The same flags, so that nothing else differs. */
function commandOf(made) {
  const text = readFileSync(path.join(root, 'build/Release/.deps', `${made}.d`), 'utf8')
  const command = text.split('\n', 1)[0]?.split(' := ')[1]
  if (command === undefined) throw new Error(`Expected the command that made ${made} but found none`)
  return command
}

await main(async () => {
  const object = path.join(folder, 'protection_key.o')
  const addon = path.join(folder, 'build/Release/memfd_secret.node')
  mkdirSync(path.dirname(addon), { recursive: true })
  const compile = commandOf(`${objects}/${replaced}.o`)
    .replace(`-o ${objects}/${replaced}.o`, `-o '${object}'`)
    .replace(`../${replaced}.cc`, '../benchmark/stand-in/protection_key.cc')
    .replace(/-MMD -MF \S+/, '')
  const link = commandOf('Release/obj.target/memfd_secret.node')
    .replace(/-o \S+/, `-o '${addon}'`)
    .replace(`${objects}/${replaced}.o`, `'${object}'`)
  for (const command of [compile, link]) await run('sh', ['-c', command], { cwd: path.join(root, 'build') })
  console.log(folder)
})
