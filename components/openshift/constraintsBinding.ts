import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Arguments of a binding. */
export interface ConstraintsBindingArgs {
  readonly namespace: pulumi.Input<string>;
  /** The only service account of the binding; it may be created later. */
  readonly serviceAccount: pulumi.Input<string>;
  /**
   * `anyuid` allows root, `nonroot-v2` allows every other user.
   *
   * @default anyuid
   */
  readonly constraints?: "anyuid" | "nonroot-v2";
}

/** OpenShift's ClusterRole for the use of SecurityContextConstraints. */
export function constraintsRole(constraints: string): string {
  return `system:openshift:scc:${constraints}`;
}

/**
 * Grants SecurityContextConstraints to one service account, so that its pods may run as the user that their image or manifest
 * names. It does the same as `oc adm policy add-scc-to-user -z`. Admission reads the binding, so workloads of the service
 * account need `dependsOn` on it.
 */
export class ConstraintsBinding extends pulumi.ComponentResource {
  constructor(name: string, args: ConstraintsBindingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:openshift:ConstraintsBinding", name, args, opts);
    const { namespace, serviceAccount, constraints = "anyuid" } = args;
    new k8s.rbac.v1.RoleBinding(
      name,
      {
        metadata: { name: pulumi.interpolate`${serviceAccount}-scc-${constraints}`, namespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: constraintsRole(constraints) },
        subjects: [{ kind: "ServiceAccount", name: serviceAccount, namespace }],
      },
      childOptions(this, opts),
    );
    this.registerOutputs();
  }
}
