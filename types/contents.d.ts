import type { Lifetime } from './lifetime';
export declare function setContents(secret: Lifetime, other: Lifetime | null, source: unknown, offset: number): void;
export declare function copyInto(secret: Lifetime, other: Lifetime | null, target: unknown, [targetStart, start, end]: readonly [number, number, number]): number;
/** [start, end) by the rules of Array.prototype.slice, but for arguments that are no numbers. */
export declare function sliceBounds(length: number, start: unknown, end: unknown): [number, number];
export declare function fillWith(secret: Lifetime, value: unknown): void;
export declare function equalContents(secret: Lifetime, other: Lifetime | null, value: unknown): boolean;
