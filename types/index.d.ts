export type { Bytes, SecretOptions } from './arguments';
export type { Backing } from './backing';
export { configure } from './configure';
export { SecretMemoryError, type SecretErrorCode } from './errors';
export type { Policy } from './policy';
export type { AsyncReadOptions, ReadOptions } from './read-file';
export { SecretBuffer } from './secret-buffer';
export { type Stats, stats } from './stats';
export type { SecretView } from './view';
