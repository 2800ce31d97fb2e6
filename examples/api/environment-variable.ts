//#region fromEnv
import { SecretBuffer } from 'memfd-secret'

// First of all: who read the variable before has a copy.
const key = SecretBuffer.fromEnv('API_KEY')
console.log(process.env['API_KEY'], key.byteLength) // undefined 8
//#endregion fromEnv
