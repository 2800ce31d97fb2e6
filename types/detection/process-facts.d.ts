import type { Support } from '../support';
/** The state of this process at this moment. */
export declare function processFacts(): Pick<Support, 'process'> & {
    memlock: Omit<Support['memlock'], 'used'> & {
        locked: number;
    };
};
