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
