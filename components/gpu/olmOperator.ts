import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import type { Installation } from "../installation";

/** An operator from a catalog of the Operator Lifecycle Manager. */
export interface OlmOperatorArgs {
  readonly installation: Installation;
  /** Name of the package, and of the Subscription. */
  readonly package: string;
  /** Namespace of its own: the operator watches that one, and its versions go with it. */
  readonly namespace: string;
  readonly channel: string;
  readonly approval: "Automatic" | "Manual";
  /** Version to begin with, by the name of its ClusterServiceVersion; default: the channel's newest. */
  readonly startingCSV?: string;
  readonly source: string;
  readonly sourceNamespace: string;
}

/** Levels and monitoring that operands with host access need on OpenShift. */
const NAMESPACE_LABELS = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "openshift.io/cluster-monitoring": "true",
};

/**
 * A Subscription with its OperatorGroup, in a namespace of its own. OLM leaves a ClusterServiceVersion behind when its
 * Subscription goes, and with it the operator: it is the namespace's end that removes it, after the Subscription, so that
 * OLM does not make it anew, and while OLM is there to take its finalizer off.
 */
export class OlmOperator extends pulumi.ComponentResource {
  /** The namespace's name, known once it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: OlmOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:OlmOperator", name, {}, opts);
    const owned = new OwnedNamespace(
      args.namespace,
      {
        name: args.namespace,
        installation: args.installation,
        labels: NAMESPACE_LABELS,
      },
      childOptions(this, opts),
    );
    const { namespace } = owned;
    const group = new k8s.apiextensions.CustomResource(
      `${name}-group`,
      {
        apiVersion: "operators.coreos.com/v1",
        kind: "OperatorGroup",
        metadata: { name: args.package, namespace },
        spec: { targetNamespaces: [namespace] },
      },
      childOptions(this, opts, [owned]),
    );
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "operators.coreos.com/v1alpha1",
        kind: "Subscription",
        metadata: { name: args.package, namespace },
        spec: {
          name: args.package,
          channel: args.channel,
          installPlanApproval: args.approval,
          source: args.source,
          sourceNamespace: args.sourceNamespace,
          ...(args.startingCSV === undefined ? {} : { startingCSV: args.startingCSV }),
        },
      },
      childOptions(this, opts, [group]),
    );
    this.namespace = namespace;
    this.registerOutputs({ namespace });
  }
}
