import { type AsyncReadOptions, type ReadOptions } from '../read-file';
import { type SecretBuffer } from '../secret-buffer';
/**
 * A credential that systemd passed to this unit, read straight into secret memory.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where $CREDENTIALS_DIRECTORY is not set; TypeError
 *   ERR_INVALID_ARG_VALUE for a name that could leave it; fs's own errors (ENOENT; ELOOP for a symbolic link).
 */
export declare function credential(name: string, options?: AsyncReadOptions): Promise<SecretBuffer>;
/** As {@link credential}, blocking; throws what that rejects with. */
export declare function credentialSync(name: string, options?: ReadOptions): SecretBuffer;
