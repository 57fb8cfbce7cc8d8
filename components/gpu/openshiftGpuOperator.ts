import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { childName } from "../component";
import type { Installation } from "../installation";
import { CLUSTER_POLICY, clusterPolicySpec } from "./clusterPolicy";
import { type GpuOperatorSettings, sharingConfig } from "./gpuOperatorValues";
import { NodeLabels } from "./nodeLabels";
import { olmClient } from "./olmClient";
import { OlmOperator } from "./olmOperator";
import type { GpuConfig } from "./settings";
import { waitForOlm } from "./waitForOlm";

/** Arguments of the GPU Operator on OpenShift. */
export interface OpenshiftGpuOperatorArgs {
  readonly installation: Installation;
  readonly settings: GpuOperatorSettings;
  readonly olm: GpuConfig["olm"];
  /** How long to wait until OLM has installed an operator, in seconds. */
  readonly timeoutSeconds: number;
}

/** Name of the component in an environment. */
const USUAL_NAME = "openshift-gpu-operator";

/** The operator's package, and the namespace that it suggests. */
const GPU_PACKAGE = "gpu-operator-certified";
export const OPENSHIFT_GPU_NAMESPACE = "nvidia-gpu-operator";
const NFD_PACKAGE = "nfd";
const NFD_NAMESPACE = "openshift-nfd";
const NFD_INSTANCE = "nfd-instance";

/** What Node Feature Discovery looks for on the PCI bus: network, display and accelerator classes, by their vendor. */
const WORKER_CONFIG = `sources:
  pci:
    deviceClassWhitelist: ["02", "03", "12"]
    deviceLabelFields: [vendor]
`;

/**
 * The NVIDIA GPU Operator from OpenShift's catalog of certified operators, with Node Feature Discovery from Red Hat's catalog.
 * Destroy deletes the ClusterPolicy while its operator runs, then the Subscription, then the namespace with the
 * ClusterServiceVersion. OLM never deletes CRDs; those stay.
 */
export class OpenshiftGpuOperator extends pulumi.ComponentResource {
  constructor(name: string, args: OpenshiftGpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:OpenshiftGpuOperator", name, args, opts);
    const { installation, settings, olm, timeoutSeconds } = args;
    const child = (usual: string): string => childName(name, USUAL_NAME, usual);
    const common = { installation, sourceNamespace: olm.sourceNamespace };
    const installed = (packageName: string, namespace: string, manual: boolean, version?: string) => {
      const hook = new pulumi.ResourceHook(`${name}-${packageName}-installed`, async () => {
        const wanted = { package: packageName, manual, ...(version === undefined ? {} : { version }) };
        const report = (message: string): void => void pulumi.log.info(message, this);
        const client = olmClient(await installation.connect());
        await waitForOlm(client, namespace, wanted, { timeoutSeconds, report });
      });
      return { beforeCreate: [hook], beforeUpdate: [hook] };
    };

    /** What labels the nodes; nothing where somebody else does it. */
    const createDiscovery = (): pulumi.Resource[] => {
      if (olm.nfd === "existing") return [];
      if (olm.nfd === "labels") {
        return [new NodeLabels(child("gpu-node-labels"), { nodes: olm.nodes }, childOptions(this, opts))];
      }
      const nfd = new OlmOperator(
        child(NFD_PACKAGE),
        {
          ...common,
          package: NFD_PACKAGE,
          namespace: NFD_NAMESPACE,
          channel: olm.nfdChannel,
          approval: "Automatic",
          source: olm.nfdSource,
        },
        childOptions(this, opts),
      );
      const instance = new k8s.apiextensions.CustomResource(
        child(NFD_INSTANCE),
        {
          apiVersion: "nfd.openshift.io/v1",
          kind: "NodeFeatureDiscovery",
          metadata: { name: NFD_INSTANCE, namespace: nfd.namespace },
          // The operator brings the image of its own version. Labels are removed with the instance.
          spec: { operand: { servicePort: 12000 }, workerConfig: { configData: WORKER_CONFIG }, prunerOnDelete: true },
        },
        { ...childOptions(this, opts, [nfd]), hooks: installed(NFD_PACKAGE, NFD_NAMESPACE, false) },
      );
      return [nfd, instance];
    };

    const discovery = createDiscovery();
    const operator = new OlmOperator(
      child(GPU_PACKAGE),
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
              child(sharing.name),
              { metadata: { name: sharing.name, namespace: operator.namespace }, data: { ...sharing.data } },
              childOptions(this, opts),
            ),
          ];
    new k8s.apiextensions.CustomResource(
      child(CLUSTER_POLICY),
      {
        apiVersion: "nvidia.com/v1",
        kind: "ClusterPolicy",
        metadata: {
          name: CLUSTER_POLICY,
          // Another version changes the policy, so that the hook waits for that version.
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
  }
}
