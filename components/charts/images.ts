/** An image, in the parts that charts ask for. */
export interface ImagePin {
  /** Registry and path, without the image's name. */
  readonly hub: string;
  readonly name: string;
  readonly tag: string;
  /**
   * `sha256:...` of the image index. No lane sets it: a digest has to be read from the registry that serves the image, and a wrong
   * one keeps pods from starting. Set `versions.images.<name>.digest` to pin it for a stack.
   */
  readonly digest?: string;
}

/** The tag of an image as charts take it, with the digest appended when there is one. */
export function imageTag(image: ImagePin): string {
  return image.digest === undefined ? image.tag : `${image.tag}@${image.digest}`;
}

/** The whole reference of an image, as a pod's `image` takes it. */
export function imageReference(image: ImagePin): string {
  return `${image.hub}/${image.name}:${imageTag(image)}`;
}
