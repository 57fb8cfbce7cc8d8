/** Annotation with the stack that made an object. */
export const OWNER_ANNOTATION = "llm-d.ai/environment";

/** The part of an object that names its owner. */
export interface Owned {
  readonly annotations: Readonly<Record<string, string>>;
}

/** Whether a stack, given as `<project>/<stack>`, made the object. */
export function isOwnedBy(object: Owned, owner: string): boolean {
  return object.annotations[OWNER_ANNOTATION] === owner;
}
