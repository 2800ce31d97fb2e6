/**
 * The descriptors that this process was given and Node.js would not pass on. Its own are told by what they are: an event
 * loop's anonymous files, pipes of which it holds both ends, and one of /dev/null.
 */
export declare function inheritedDescriptors(): number[];
