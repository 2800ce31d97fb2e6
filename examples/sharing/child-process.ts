/**
 * A key handed to a child process: a descriptor of a copy goes in its stdio and is opened, copied and closed there. The
 * parent closes its own as soon as the child has started.
 *
 *     node out/examples/sharing/child-process.js
 */
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { SecretBuffer } from 'memfd-secret'
import { open, toProcess } from 'memfd-secret/share'

/** Its place in the child's stdio. */
const FD = 3

function sign(key: SecretBuffer, message: string): string {
  return key.use((bytes) => createHmac('sha256', bytes).update(message).digest('hex'))
}

async function main(): Promise<void> {
  using key = SecretBuffer.random(32)
  const handle = toProcess(key)
  // What is told besides lets the child refuse any other descriptor that lies at this place. It is not secret.
  const child = spawn(process.execPath, [__filename, 'child', `${handle.byteLength}`, handle.ino], {
    stdio: ['ignore', 'pipe', 'inherit', handle.fd],
  })
  handle.close()
  const signature = await text(child.stdout as NodeJS.ReadableStream)
  console.log(`child: ${signature === sign(key, 'hello') ? 'the same signature' : 'another signature'}`)
}

function inChild(byteLength: number, ino: string): void {
  using key = open({ fd: FD, byteLength, ino })
  process.stdout.write(sign(key, 'hello'))
}

const [, , role, byteLength, ino = ''] = process.argv
if (role === 'child') inChild(Number(byteLength), ino)
else void main()
