import type { NativeAudit } from './audit/native-audit';
import type { NativeWays } from './native-ways';
/** A secret as the addon knows it: an External, or a record of the JavaScript heap's store. */
export type Handle = object;
/** What the addon answers where it did not do what was asked (src/napi/values.h). Below 0: see failures.ts. */
export declare const Answer: {
    readonly done: 0;
    readonly disposed: 1;
    readonly corrupted: 2;
    readonly pending: 3;
    readonly noExternalBuffers: 4;
};
/** Numbers of codec::Encoding (src/codec/text.h). */
export declare const TEXT_ENCODINGS: readonly ["hex", "base64", "base64url"];
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];
/** Numbers that readStats fills in, in this order (src/napi/process.cc). */
export declare const STAT_NAMES: readonly ["secrets", "bytes", "lockedBytes", "freeSlotBytes", "reservedBytes", "quarantinedBytes", "pendingDisposals", "collectedUndisposed"];
/** Where secrets live: the addon, or heap-store.ts. A number in place of another answer is an Answer or a failure. */
export interface Store {
    allocate(strength: number, byteLength: number, isolated: boolean, sealed: boolean): Handle | number;
    view(handle: Handle): ArrayBuffer | number;
    detach(memory: ArrayBuffer): void;
    use(handle: Handle, run: (memory: ArrayBuffer) => undefined): undefined | number;
    /** detach: false where detaching would abort the process (detachable.ts). */
    endUse(handle: Handle, memory: ArrayBuffer, detach: boolean): number;
    dispose(handle: Handle): number;
    destroy(handle: Handle): number;
    isOpen(handle: Handle): boolean;
    fillRandom(handle: Handle): number;
    fill(handle: Handle, value: number): number;
    copyIn(handle: Handle, offset: number, bytes: Uint8Array): number;
    copyOut(handle: Handle, start: number, bytes: Uint8Array): number;
    copyBetween(from: Handle, start: number, to: Handle, offset: number, count: number): number;
    equals(handle: Handle, bytes: Uint8Array): boolean | number;
    equalsSecret(handle: Handle, other: Handle): boolean | number;
    writeLatin1(handle: Handle, text: string): number;
    /** 0 where malformed. */
    decodedLength(handle: Handle, length: number, encoding: number): number;
    decode(text: Handle, length: number, bytes: Handle, encoding: number): boolean | number;
    encode(bytes: Handle, text: Handle, encoding: number): number;
    wipe(bytes: Uint8Array): void;
    reserve(strength: number, byteLength: number, sealed: boolean): number;
    readStats(target: Float64Array): void;
}
export interface Native extends Store, NativeWays, NativeAudit {
    canMakeViews(): boolean;
    tryMemfdSecret(inChild: boolean): number;
    tryMlock(inChild: boolean): number;
    findAccounting(inChild: boolean): number;
    trySealing(inChild: boolean): number;
    chooseSealing(inChild: boolean): number;
    forbidCoreDumps(): number;
    forbidTracing(): number;
    ignoreInspectorSignal(): number;
    isDumpable(): boolean;
    chosenBacking(): number;
    chooseBacking(strength: number): number;
    raiseFloor(strength: number, sealed: boolean): number;
    callName(call: number): string;
    readPreloadStatus(target: Float64Array): boolean;
    replaceProcess(file: Uint8Array, args: Uint8Array, environment: Uint8Array, kept: Uint8Array): number;
    hasFileCapabilities(file: Uint8Array): boolean | number;
    memfdSecret(flags: number): number;
    map(descriptor: number, length: number): ArrayBuffer | number;
    unmap(memory: ArrayBuffer): number;
}
/** The addon; null on other platforms and where it cannot load. */
export declare const native: Native | null;
/** What loading the addon threw; null where it loaded, or was not tried. */
export declare const nativeError: unknown;
