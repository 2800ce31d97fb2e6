import { type PathLike } from 'node:fs';
import type { NativeWays } from '../native-ways';
export declare function requireAddon(what: string): NativeWays;
export declare function checkPath(path: unknown, name: string): string;
export declare const isDescriptor: (value: PathLike | number) => value is number;
/** Answers a number that is no failure, once the addon need not wait. */
export declare function whenDone(act: () => number, signal: AbortSignal | undefined, of?: string): Promise<number>;
/** The peer went away, rather than the socket failing. */
export declare function isGone(error: unknown): boolean;
/** Listens at path until one peer has connected; answers the connection. The file is there only meanwhile. */
export declare function acceptOne(path: string, mode: number, signal: AbortSignal | undefined): Promise<number>;
export declare function connectTo(path: string, signal: AbortSignal | undefined): Promise<number>;
