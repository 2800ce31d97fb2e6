// What a build needs from the machine: Node.js, a C++20 compiler, make, python3 and the headers of the running Node.js.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './native-sources.mjs'
import { StepError, capture } from './run-command.mjs'

const oldestNode = 20

const installHelp = `Install them with one of:
  Debian, Ubuntu:  apt-get install g++ make python3
  Fedora, RHEL:    dnf install gcc-c++ make python3
  Alpine:          apk add g++ make python3 linux-headers`

export function checkNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < oldestNode) {
    throw new StepError(`Expected Node.js ${oldestNode} or later but received ${process.version}`)
  }
}

async function succeeds(command, args, options) {
  try {
    return (await capture(command, args, options)).code === 0
  } catch {
    return false
  }
}

/** Throws a StepError that names each missing tool and how to install it. */
export async function checkCompiler() {
  const compiler = process.env.CXX ?? 'g++'
  const python = process.env.PYTHON ?? process.env.npm_config_python ?? 'python3'
  const missing = []
  if (!(await succeeds(compiler, ['--version']))) missing.push(`a C++ compiler (${compiler})`)
  else if (!(await succeeds(compiler, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '/dev/null']))) {
    missing.push(`a compiler for C++20 (${compiler} is older: GCC 11 or Clang 14 and later know it)`)
  }
  if (!(await succeeds(process.env.MAKE ?? 'make', ['--version']))) missing.push('make')
  if (!(await succeeds(python, ['--version']))) missing.push('python3')
  if (missing.length > 0) {
    throw new StepError(`The addon is built from C++ source. Missing here: ${missing.join(', ')}.\n${installHelp}`)
  }
}

function headersMatch(prefix) {
  const file = path.join(prefix, 'include/node/node_version.h')
  if (!existsSync(file)) return false
  const text = readFileSync(file, 'utf8')
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((name) => text.match(`#define NODE_${name}_VERSION (\\d+)`)?.[1])
  return parts.join('.') === process.versions.node
}

/**
 * The prefix whose include/node holds the running Node.js's own headers, or undefined: then node-gyp downloads them.
 * An explicit npm setting wins.
 */
export function nodeDir() {
  const configured = process.env.npm_config_nodedir
  if (configured) return configured
  return [path.resolve(path.dirname(process.execPath), '..'), '/usr', '/usr/local'].find(headersMatch)
}

/** The folder of node_api.h that the last build used, told by node-gyp's own record of it. */
export function nodeHeaders() {
  const record = path.join(root, 'build/config.gypi')
  const used = existsSync(record) ? readFileSync(record, 'utf8').match(/"nodedir": "([^"]+)"/)?.[1] : nodeDir()
  if (!used) throw new StepError('Expected the headers of Node.js, which a build finds: run "npm run build" first')
  return path.join(used, 'include/node')
}
