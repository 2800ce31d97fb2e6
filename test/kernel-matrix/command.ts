import { execFile } from 'node:child_process'

interface Options {
  env?: NodeJS.ProcessEnv
  cwd?: string
  timeout?: number
}

/** Runs a program to its end and answers what it printed. Rejects with its stderr where it fails. */
export function capture(
  [file = '', ...args]: readonly string[],
  { env = {}, cwd, timeout = 300_000 }: Options = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`Expected ${file} ${args.join(' ')} to work but received: ${stderr || error.message}`))
    })
  })
}
