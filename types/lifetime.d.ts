import { type Backing } from './backing';
import { type Handle, type Store } from './native';
import { type SecretView } from './view';
export interface LifetimeOptions {
    minBacking?: Backing | undefined;
    sealed?: boolean | undefined;
    isolated?: boolean | undefined;
}
/** One secret's memory: from allocation, through uses, to the wipe. Knows nothing of what the bytes mean. */
export declare class Lifetime {
    #private;
    readonly handle: Handle;
    readonly store: Store;
    readonly backing: Backing;
    readonly byteLength: number;
    readonly sealed: boolean;
    /** open: makes the handle, where that is not of fresh memory. */
    constructor(byteLength: number, options: LifetimeOptions, open?: (store: Store, strength: number) => Handle | number);
    /** Also true where a use that was terminated half-way wiped the secret. */
    get disposed(): boolean;
    /** @throws SecretMemoryError where the store answered that it did not do what was asked */
    check(answer: number): void;
    assertOpen(): void;
    /** Whether a view that outlives its use was given out: the memory can't move any more. */
    get viewed(): boolean;
    use<T>(fn: (bytes: SecretView) => T): T;
    get bytes(): SecretView;
    dispose(): void;
    destroy(): void;
    /** Resolves once wiped, or rejects with why that failed, also where an end by another way comes first. */
    disposeWhenUnused(): Promise<void>;
    /** Whether the memory is wiped; where native code did it alone, this side follows. */
    endIfWiped(): boolean;
}
