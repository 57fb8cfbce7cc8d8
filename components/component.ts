/**
 * The name of a component's child. Components that were first made for one fixed name have children whose names do not hold
 * it. Those keep their names, and so their URNs, under the usual name; under any other name they are prefixed by it.
 *
 * @param name The component's name.
 * @param usual The name that an environment gives this component.
 * @param child The child's name in a component of the usual name.
 */
export function childName(name: string, usual: string, child: string): string {
  return name === usual ? child : `${name}-${child}`;
}
