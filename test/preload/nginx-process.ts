import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, whyNoScan } from './preload-library'

const nginx = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(':')]
  .map((path) => join(path, 'nginx'))
  .find(existsSync)

export const whyNoNginx = (): string | false => (nginx === undefined ? 'needs nginx' : whyNoScan())

export interface Nginx {
  pid: number
  /** Of the process ids of its workers. */
  workers(): string[]
  /** What it has said on standard error. */
  log(): string
  stop(): Promise<void>
}

export interface NginxOptions {
  /** Of its files; a user without privileges must be able to reach it. */
  folder: string
  workers: number
  /** What goes into http { }. */
  http: string
  preload: boolean
  env?: Record<string, string>
  /** Whether it serves already. */
  answers(): Promise<boolean>
}

/** A failed wait is an error, so that nginx is stopped: it would outlive a test that hangs. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return
    await sleep(20)
  }
  throw new Error(`Expected ${what} within a minute`)
}

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const { folder, workers, http, preload, env = {}, answers } = options
  mkdirSync(join(folder, 'logs'), { recursive: true })
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes ${workers};
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  ssl_session_tickets off;
  ${http}
}
`,
  )
  const backing = preload ? 'memfd_secret' : ''
  const master = spawn(nginx ?? '', ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'], {
    env: environment(preload, { MEMFD_SECRET_MIN_BACKING: backing, ...env }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  master.stderr?.on('data', (text) => (log += String(text)))
  const ended = once(master, 'close')
  const pid = master.pid ?? 0
  await until('nginx to answer', async () => master.exitCode !== null || (await answers()))
  return {
    pid,
    workers: () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' '),
    log: () => log,
    stop: async () => {
      master.kill('SIGTERM')
      await ended
    },
  }
}
