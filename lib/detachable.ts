/** Node 20 has none, and its markAsUntransferable sets no detach key. */
const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer')

/**
 * Detaches a view's memory by the language's own way, where there is one, and answers whether Node-API may detach it: false
 * where the user marked it by markAsUntransferable. On Node 24 and later that sets a detach key: the language then throws,
 * and Node-API aborts the process. isMarkedAsUntransferable does not tell, since Node marks all external memory from 22 on.
 * What is false stays attached, to memory that is wiped with its secret.
 */
export function tryDetach(memory: ArrayBuffer): boolean {
  if (typeof transfer !== 'function') return true
  try {
    // No byte is copied to a length of 0, and Node-API takes memory that is detached already.
    transfer.call(memory, 0)
    return true
  } catch {
    return false
  }
}
