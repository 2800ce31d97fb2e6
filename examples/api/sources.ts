import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'example-'))
writeFileSync(join(folder, 'db-password'), 'from systemd')
process.env['CREDENTIALS_DIRECTORY'] = folder

async function main(): Promise<void> {
  //#region credential
  const { credential } = await import('memfd-secret/sources')
  // In the unit: LoadCredentialEncrypted=db-password:/etc/credstore.encrypted/db-password
  const password = await credential('db-password')
  //#endregion credential
  assert.equal(password.byteLength, 12)

  //#region credentialSync
  const { credentialSync } = await import('memfd-secret/sources')
  assert(credentialSync('db-password').equals(password))
  //#endregion credentialSync

  //#region prompt
  const { prompt } = await import('memfd-secret/sources')
  const passphrase = await prompt('Passphrase: ', { stdin: true }) // or of the terminal alone, without stdin
  assert.equal(passphrase.byteLength, 15)
  //#endregion prompt
}

void main().finally(() => rmSync(folder, { recursive: true }))
