import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import { CLUSTER_POLICY, clusterPolicySpec } from "./clusterPolicy";
import { type GpuOperatorSettings, sharingConfig } from "./gpuOperatorValues";
import { NodeLabels } from "./nodeLabels";
import { OlmOperator } from "./olmOperator";
import { olmClient } from "./olmClient";
import { waitForOlm } from "./waitForOlm";

/** Which operator is installed from which catalog, and where node labels come from. */
export interface OlmSettings {
  readonly channel: string;
  readonly approval: "Automatic" | "Manual";
  readonly startingCSV?: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly driverToolkit: boolean;
  readonly nfd: "operator" | "existing" | "labels";
  readonly nfdChannel: string;
  readonly nfdSource: string;
  /** GPU nodes, by name, for `labels`. */
  readonly nodes: readonly string[];
}

/** Arguments of the GPU Operator on OpenShift. */
export interface OpenshiftGpuOperatorArgs {
  readonly installation: Installation;
  readonly settings: GpuOperatorSettings;
  readonly olm: OlmSettings;
  /** How long to wait until OLM has installed an operator, in seconds. */
  readonly timeoutSeconds: number;
}

/** The operator's package, and the namespace that it suggests. */
export const GPU_PACKAGE = "gpu-operator-certified";
export const OPENSHIFT_GPU_NAMESPACE = "nvidia-gpu-operator";
const NFD_PACKAGE = "nfd";
const NFD_NAMESPACE = "openshift-nfd";

/** What Node Feature Discovery looks for on the PCI bus: network, display and accelerator classes, by their vendor. */
const WORKER_CONFIG = `sources:
  pci:
    deviceClassWhitelist: ["02", "03", "12"]
    deviceLabelFields: [vendor]
`;

/**
 * The NVIDIA GPU Operator from OpenShift's catalog of certified operators, with Node Feature Discovery from Red Hat's.
 * Destroy goes the other way: the ClusterPolicy while its operator runs, then the Subscription, then the namespace with the
 * ClusterServiceVersion. OLM never removes custom resource definitions; those stay.
 */
export class OpenshiftGpuOperator extends pulumi.ComponentResource {
  constructor(name: string, args: OpenshiftGpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:OpenshiftGpuOperator", name, {}, opts);
    const { installation, settings, olm, timeoutSeconds } = args;
    const common = { installation, sourceNamespace: olm.sourceNamespace };
    const installed = (packageName: string, namespace: string, manual: boolean, version?: string) => {
      const hook = new pulumi.ResourceHook(`${name}-${packageName}-installed`, async () => {
        const wanted = { package: packageName, manual, ...(version === undefined ? {} : { version }) };
        const report = (message: string): void => void pulumi.log.info(message, this);
        await waitForOlm(olmClient(await installation.connect()), namespace, wanted, { timeoutSeconds, report });
      });
      return { beforeCreate: [hook], beforeUpdate: [hook] };
    };

    const discovery = createDiscovery(this);
    const operator = new OlmOperator(
      GPU_PACKAGE,
      {
        ...common,
        package: GPU_PACKAGE,
        namespace: OPENSHIFT_GPU_NAMESPACE,
        channel: olm.channel,
        approval: olm.approval,
        source: olm.source,
        ...(olm.startingCSV === undefined ? {} : { startingCSV: olm.startingCSV }),
      },
      childOptions(this, opts),
    );
    const sharing = settings.timeSlicing === undefined ? undefined : sharingConfig(settings.timeSlicing);
    const shared =
      sharing === undefined
        ? []
        : [
            new k8s.core.v1.ConfigMap(
              sharing.name,
              { metadata: { name: sharing.name, namespace: operator.namespace }, data: { ...sharing.data } },
              childOptions(this, opts),
            ),
          ];
    new k8s.apiextensions.CustomResource(
      CLUSTER_POLICY,
      {
        apiVersion: "nvidia.com/v1",
        kind: "ClusterPolicy",
        metadata: {
          name: CLUSTER_POLICY,
          // What a change of is waited for, beside the policy's own.
          annotations: { "llm-d.ai/operator": `${olm.channel}/${olm.startingCSV ?? "newest"}` },
        },
        spec: clusterPolicySpec({ ...settings, driverToolkit: olm.driverToolkit }, sharing),
      },
      {
        ...childOptions(this, opts, [operator, ...discovery, ...shared]),
        hooks: installed(GPU_PACKAGE, OPENSHIFT_GPU_NAMESPACE, olm.approval === "Manual", olm.startingCSV),
      },
    );
    this.registerOutputs();

    /** What labels the nodes; nothing where that is somebody else's. */
    function createDiscovery(parent: OpenshiftGpuOperator): pulumi.Resource[] {
      if (olm.nfd === "existing") return [];
      if (olm.nfd === "labels") {
        return [new NodeLabels("gpu-node-labels", { nodes: olm.nodes }, childOptions(parent, opts))];
      }
      const nfd = new OlmOperator(
        NFD_PACKAGE,
        {
          ...common,
          package: NFD_PACKAGE,
          namespace: NFD_NAMESPACE,
          channel: olm.nfdChannel,
          approval: "Automatic",
          source: olm.nfdSource,
        },
        childOptions(parent, opts),
      );
      const instance = new k8s.apiextensions.CustomResource(
        "nfd-instance",
        {
          apiVersion: "nfd.openshift.io/v1",
          kind: "NodeFeatureDiscovery",
          metadata: { name: "nfd-instance", namespace: nfd.namespace },
          // The operator brings the image of its own version. Labels go with the instance.
          spec: { operand: { servicePort: 12000 }, workerConfig: { configData: WORKER_CONFIG }, prunerOnDelete: true },
        },
        { ...childOptions(parent, opts, [nfd]), hooks: installed(NFD_PACKAGE, NFD_NAMESPACE, false) },
      );
      return [nfd, instance];
    }
  }
}
