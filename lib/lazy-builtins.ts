import type * as cryptoModule from 'node:crypto'
import type * as diagnosticsChannelModule from 'node:diagnostics_channel'
import type * as inspectorModule from 'node:inspector'
import type * as netModule from 'node:net'
import type * as workerThreadsModule from 'node:worker_threads'
import type * as zlibModule from 'node:zlib'

// Node's own modules that start-up does without: they bring others, and take more time and memory than this whole package
// (docs/performance.md). Loaded where they are first used, which opens no file: it works with no descriptor left, too. The
// names are literals, so that bundlers see them.

export const crypto = (): typeof cryptoModule => require('node:crypto') as typeof cryptoModule

export const diagnosticsChannel = (): typeof diagnosticsChannelModule =>
  require('node:diagnostics_channel') as typeof diagnosticsChannelModule

export const inspector = (): typeof inspectorModule => require('node:inspector') as typeof inspectorModule

export const net = (): typeof netModule => require('node:net') as typeof netModule

export const workerThreads = (): typeof workerThreadsModule =>
  require('node:worker_threads') as typeof workerThreadsModule

export const zlib = (): typeof zlibModule => require('node:zlib') as typeof zlibModule
