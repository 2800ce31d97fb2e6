import { badHandle } from './share-errors'

/**
 * What goes with a descriptor: magic, the secret's length, the name's length, the name. Of one size, so that neither side
 * reads beyond it: another secret may follow on the same connection.
 */
const MAGIC = 'MFDSECR1'
const LENGTH_AT = 8
const NAME_LENGTH_AT = 16
const NAME_AT = 32
export const MOST_NAME_BYTES = 255
export const MESSAGE_BYTES = NAME_AT + MOST_NAME_BYTES + 1

/** What the receiver answers once it has its copy, or that it takes none. */
export const TAKEN = 0x06
export const REFUSED = 0x15

export interface Message {
  name: string
  byteLength: number
}

export function writeMessage({ name, byteLength }: Message): Buffer {
  const message = Buffer.alloc(MESSAGE_BYTES)
  message.write(MAGIC, 'latin1')
  message.writeBigUInt64LE(BigInt(byteLength), LENGTH_AT)
  message.writeUInt16LE(message.write(name, NAME_AT, MOST_NAME_BYTES), NAME_LENGTH_AT)
  return message
}

export function readMessage(message: Buffer): Message {
  const nameLength = message.readUInt16LE(NAME_LENGTH_AT)
  if (message.toString('latin1', 0, LENGTH_AT) !== MAGIC || nameLength > MOST_NAME_BYTES) {
    throw badHandle('the message of sendSecret()', 'another')
  }
  const byteLength = Number(message.readBigUInt64LE(LENGTH_AT))
  return { name: message.toString('utf8', NAME_AT, NAME_AT + nameLength), byteLength }
}
