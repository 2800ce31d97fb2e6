/**
 * Detaches a view's memory by the language's own way, where there is one, and answers whether Node-API may detach it: false
 * where the user marked it by markAsUntransferable. On Node 24 and later that sets a detach key: the language then throws,
 * and Node-API aborts the process. isMarkedAsUntransferable does not tell, since Node marks all external memory from 22 on.
 * What is false stays attached, to memory that is wiped with its secret.
 */
export declare function tryDetach(memory: ArrayBuffer): boolean;
