import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import { childName } from "../component";
import type { Installation } from "../installation";

/** An operator from a catalog of the Operator Lifecycle Manager. */
export interface OlmOperatorArgs {
  readonly installation: Installation;
  /** Name of the package, and of the Subscription. */
  readonly package: string;
  /** The operator's own namespace: it watches only this one, and its versions are deleted with it. */
  readonly namespace: string;
  readonly channel: string;
  readonly approval: "Automatic" | "Manual";
  /**
   * First version, by the name of its ClusterServiceVersion.
   *
   * @default the channel's newest version
   */
  readonly startingCSV?: string;
  readonly source: string;
  readonly sourceNamespace: string;
}

/** Operands with host access need both on OpenShift: the Pod Security level and monitoring. */
const NAMESPACE_LABELS = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "openshift.io/cluster-monitoring": "true",
};

/**
 * A Subscription with its OperatorGroup, in its own namespace. OLM keeps the ClusterServiceVersion, and with it the operator,
 * when the Subscription is deleted. The deletion of the namespace removes it: after the Subscription, so that OLM does not
 * create it again, and while OLM still runs to remove its finalizer.
 */
export class OlmOperator extends pulumi.ComponentResource {
  /** The namespace's name, known once it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: OlmOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:OlmOperator", name, args, opts);
    const owned = new OwnedNamespace(
      childName(name, args.package, args.namespace),
      { installation: args.installation, name: args.namespace, labels: NAMESPACE_LABELS },
      childOptions(this, opts),
    );
    const { namespace } = owned;
    const metadata = { name: args.package, namespace };
    const group = new k8s.apiextensions.CustomResource(
      `${name}-group`,
      {
        apiVersion: "operators.coreos.com/v1",
        kind: "OperatorGroup",
        metadata,
        spec: { targetNamespaces: [namespace] },
      },
      childOptions(this, opts, [owned]),
    );
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "operators.coreos.com/v1alpha1",
        kind: "Subscription",
        metadata,
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
