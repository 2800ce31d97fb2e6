import type { Handle } from './native';
/** The part of the addon that the ways in, across and out use (src/napi/sources.cc, share.cc, handover.cc). */
export interface NativeWays {
    environmentLength(name: string): number;
    copyEnvironment(handle: Handle, name: string): number;
    wipeEnvironment(name: string): number;
    isReadable(descriptor: number): boolean | number;
    writeTo(handle: Handle, descriptor: number): number;
    isTerminal(descriptor: number): boolean;
    silenceTerminal(descriptor: number): number;
    keepTerminalSilent(): void;
    restoreTerminal(discardInput: boolean): void;
    share(handle: Handle, strength: number, viewOpen: boolean): bigint | number;
    isSharedSealed(id: bigint): boolean;
    openShared(id: bigint, strength: number): Handle | number;
    sharedLength(handle: Handle): number;
    copyToDescriptor(handle: Handle): number;
    secretSize(descriptor: number): number;
    copyFromDescriptor(handle: Handle, descriptor: number): number;
    bindSocket(path: string): number;
    listenSocket(descriptor: number): number;
    acceptSocket(descriptor: number): number;
    connectSocket(path: string): number;
    peerUser(descriptor: number): number;
    sendDescriptor(connection: number, bytes: Uint8Array, carried: number): number;
    receiveDescriptor(connection: number, bytes: Uint8Array): number;
}
