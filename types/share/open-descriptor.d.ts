import { Lifetime, type LifetimeOptions } from '../lifetime';
/** What is told of a descriptor besides its number. */
export interface Told {
    byteLength?: number | undefined;
    ino?: string | undefined;
}
/** A copy, in pages of this process alone: whoever shares the descriptor's could change them later. Closes nothing. */
export declare function copyFromDescriptor(descriptor: number, told: Told, maxBytes: number, options: LifetimeOptions): Lifetime;
