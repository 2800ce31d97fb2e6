export declare function noteMade(lifetime: {
    readonly byteLength: number;
    readonly backing: string;
}): void;
export declare function noteOver(lifetime: object): void;
