import { type AsyncReadOptions } from '../read-file';
import { type SecretBuffer } from '../secret-buffer';
export interface PromptOptions extends AsyncReadOptions {
    /**
     * Reads a line of standard input, whatever that is: without a terminal, as in `echo … | node app.js`, prompt() else
     * refuses. Where it is a terminal it is used as one.
     */
    stdin?: boolean;
}
/**
 * Asks at the terminal, without an echo, and reads one line straight into secret memory; the newline is dropped. The
 * terminal is put back on every way out: an answer, an error, an abort, a signal, an uncaught throw, process.exit.
 * maxBytes: of the line, without its newline.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where there is no terminal; the signal's reason once aborted, and
 *   what was typed until then is discarded; TypeError ERR_INVALID_ARG_VALUE for an empty line.
 */
export declare function prompt(message: string, options?: PromptOptions): Promise<SecretBuffer>;
