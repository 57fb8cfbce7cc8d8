import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of a component's child: it has the component as its parent, and waits for what the component waits for. The
 * engine knows a parent's `dependsOn` only while it creates; without its own, a child would on destroy go in any order.
 *
 * @param more Resources of the component itself that the child waits for as well.
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
