/** Wrong arguments: exit status 2, with the message and where help is found. */
export class UsageError extends Error {}
