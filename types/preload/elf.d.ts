/** What matters of a program's file: who loads it, and which names its dynamic symbols have. */
export interface ElfProgram {
    /** The dynamic loader, which is what reads LD_PRELOAD; null for a program that needs none. */
    loader: string | null;
    /** CRYPTO_set_mem_functions is among its symbols: OpenSSL is in it, or it is linked to libcrypto. */
    namesOpenSsl: boolean;
}
/** Null for a file that is no such program. Throws fs's errors. */
export declare function readElf(path: string): ElfProgram | null;
