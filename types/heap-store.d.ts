import { type Store } from './native';
export declare const heapStore: Store;
