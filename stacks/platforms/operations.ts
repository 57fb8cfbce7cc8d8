/** Replaced by the operations branch. */
export type PlatformOperations = object;
