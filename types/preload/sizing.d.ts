/** The limit of locked memory that so many open TLS connections need, in bytes. */
export declare function limitForConnections(connections: number): number;
export declare function connectionsNotice(): string;
