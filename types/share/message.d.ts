export declare const MOST_NAME_BYTES = 255;
export declare const MESSAGE_BYTES: number;
/** What the receiver answers once it has its copy, or that it takes none. */
export declare const TAKEN = 6;
export declare const REFUSED = 21;
export interface Message {
    name: string;
    byteLength: number;
}
export declare function writeMessage({ name, byteLength }: Message): Buffer;
export declare function readMessage(message: Buffer): Message;
