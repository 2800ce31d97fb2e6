// npm as a program: the one that runs this script, or that of the PATH.
import path from 'node:path'
import { run } from './run-command.mjs'

/** Runs npm without install scripts and rejects with its output unless it succeeds; resolves to its stdout. */
export function npm(args, options) {
  const running = process.env.npm_execpath
  const quiet = ['--ignore-scripts', '--loglevel=error']
  return running && path.basename(running) === 'npm-cli.js'
    ? run(process.execPath, [running, ...args, ...quiet], options)
    : run('npm', [...args, ...quiet], options)
}
