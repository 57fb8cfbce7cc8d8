import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of a component's child: the component is its parent, and it waits for what the component waits for. The engine uses a
 * parent's `dependsOn` only during creation, so without its own a child would be deleted in any order.
 *
 * A caller reaches inner resources with Pulumi's own `transforms` option on the component: the SDK applies a parent's transforms
 * to every child.
 *
 * @param more Resources of the component itself that the child also waits for.
 * @see https://www.pulumi.com/docs/iac/concepts/options/transforms/
 */
export function childOptions(
  parent: pulumi.ComponentResource,
  opts: pulumi.ComponentResourceOptions | undefined,
  more: pulumi.Resource[] = [],
): pulumi.CustomResourceOptions {
  const { dependsOn } = opts ?? {};
  const inherited = dependsOn === undefined ? [] : Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  return { parent, dependsOn: [...inherited, ...more] as pulumi.Resource[] };
}

/**
 * Options of a component's namespace, which is next to the component and not below it. The engine deletes in rounds, the deepest
 * resources first. A round ends with its slowest deletion, and a namespace takes at least five seconds. Namespaces of the same depth
 * share one round.
 */
export function nextToComponent(
  component: pulumi.ComponentResource,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.ComponentResourceOptions {
  // Earlier versions had it below the component.
  return { ...opts, aliases: [{ parent: component }] };
}
