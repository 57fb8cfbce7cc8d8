import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { type IngressRule, policySpec } from "./ingressRules";

/** Arguments of the network policies. */
export interface NetworkPoliciesArgs {
  readonly rules: readonly IngressRule[];
}

/**
 * Which connections pods take, enforced by the cluster's network: by Amazon's VPC CNI where it is told to, as here on EKS, by
 * Calico, Cilium and OVN. A network that knows no policies lets everything through.
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
