/** Annotation that says which stack made an object. */
export const OWNER_ANNOTATION = "llm-d.ai/environment";

/** The part of an object that says whose it is. */
export interface Owned {
  readonly annotations: Readonly<Record<string, string>>;
}

/** Whether an object is of a stack, given as `<project>/<stack>`. */
export function isOwnedBy(object: Owned, owner: string): boolean {
  return object.annotations[OWNER_ANNOTATION] === owner;
}
