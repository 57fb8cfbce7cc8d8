import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { type IngressRule, policySpec } from "./ingressRules";

/** Arguments of the network policies. */
export interface NetworkPoliciesArgs {
  readonly rules: readonly IngressRule[];
}

/**
 * The connections that pods accept. The cluster's network enforces them: Calico, Cilium, OVN, and Amazon's VPC CNI, where policies
 * are switched on, as here on EKS. A network without support for policies accepts every connection.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:security:NetworkPolicies", name, args, opts);
    for (const rule of args.rules) {
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${rule.namespace}-${rule.name}`,
        { metadata: { name: rule.name, namespace: rule.namespace }, spec: policySpec(rule) },
        childOptions(this, opts),
      );
    }
    this.registerOutputs();
  }
}
