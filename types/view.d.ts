/**
 * What use() and `bytes` give: a real Buffer (Buffer.isBuffer is true) over exactly the secret's bytes, whose
 * util.inspect and toJSON are redacted, also those of its subarrays. toString and indexing work as ever.
 */
export type SecretView = Buffer<ArrayBuffer>;
/** A view of the whole of memory. Inspecting view.buffer shows no byte either. */
export declare function makeView(memory: ArrayBuffer): SecretView;
/** Whether a value reaches memory: it, or a view over it. */
export declare function reaches(value: unknown, memory: ArrayBuffer): boolean;
