/** The image of Node.js that runs the validation inside of the cluster. */
export function validationPins({ node }: { readonly node: string }) {
  return { images: { node: { hub: "docker.io/library", name: "node", tag: node } } };
}
