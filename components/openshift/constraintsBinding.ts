import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { constraintsRole } from "../../stacks/platforms/inspection/gatherFacts";

/** Arguments of a binding. */
export interface ConstraintsBindingArgs {
  readonly namespace: pulumi.Input<string>;
  /** The one service account that it holds for; it may be made later. */
  readonly serviceAccount: pulumi.Input<string>;
  /** `anyuid` lets them be root; `nonroot-v2` any other user. Default: `anyuid`. */
  readonly constraints?: "anyuid" | "nonroot-v2";
}

/**
 * Lets the pods of one service account run as the user that their image or their manifest names: OpenShift's
 * SecurityContextConstraints `anyuid` or less, bound by RBAC and in one namespace, as `oc adm policy add-scc-to-user -z` does it.
 * The binding has to be there before the first pod is: admission is what reads it.
 */
export class ConstraintsBinding extends pulumi.ComponentResource {
  constructor(name: string, args: ConstraintsBindingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:openshift:ConstraintsBinding", name, {}, opts);
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
    this.registerOutputs({});
  }
}
