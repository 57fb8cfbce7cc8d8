/**
 * Name of a component's child. It starts with the component's name, so that a stack can hold two of the component. Only the
 * component with the usual name has children without that prefix: their URNs must not change.
 *
 * @param name Name of the component.
 * @param usual Name of the component in an environment.
 * @param child Name of the child in an environment.
 */
export function childName(name: string, usual: string, child: string): string {
  return name === usual ? child : `${name}-${child}`;
}
