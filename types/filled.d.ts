import { Lifetime, type LifetimeOptions } from './lifetime';
/** The memory of a new secret, filled; where that fails it is given back at once, wiped. */
export declare function filled(byteLength: number, options: LifetimeOptions, fill: (made: Lifetime) => void): Lifetime;
