/** Whether noteOver is to be called once the secret is disposed. */
export declare function noteMade(lifetime: {
    readonly byteLength: number;
    readonly backing: string;
}): boolean;
export declare function noteOver(lifetime: object): void;
