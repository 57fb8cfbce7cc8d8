import * as pulumi from "@pulumi/pulumi";
import { childOptions, nextToComponent } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import { childName } from "../component";
import { crdBundle, type CrdBundleArgs } from "../crds/crdBundle";
import { helmRelease } from "../charts/release";
import { gpuOperatorValues, type GpuOperatorSettings } from "./gpuOperatorValues";

/** Namespace of the operator and its operands, as in NVIDIA's documentation. */
export const GPU_OPERATOR_NAMESPACE = "gpu-operator";

/** Arguments of the GPU Operator. The CRDs are those of the operator, its driver and Node Feature Discovery. */
export interface GpuOperatorArgs extends CrdBundleArgs {
  readonly settings: GpuOperatorSettings;
  /** How long to wait for the operator itself, including image pulls, in seconds. `GpuReadiness` waits for its operands. */
  readonly timeoutSeconds: number;
}

/** Name of the chart, of its release, and of the component in an environment. */
const OPERATOR = "gpu-operator";

/** Pods of the operator and of Node Feature Discovery need host paths and devices, which only this level allows. */
const PRIVILEGED = { "pod-security.kubernetes.io/enforce": "privileged" };

/**
 * The NVIDIA GPU Operator from its Helm chart, with Node Feature Discovery. It finds the nodes with GPUs, and runs on them what
 * Kubernetes needs to hand out GPUs.
 */
export class GpuOperator extends pulumi.ComponentResource {
  /** Name of the Helm release, known once the operator runs. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: GpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:GpuOperator", name, args, opts);
    const { installation } = args;
    const crds = crdBundle(args, childOptions(this, opts));
    const { namespace } = new OwnedNamespace(
      childName(name, OPERATOR, GPU_OPERATOR_NAMESPACE),
      { installation, name: GPU_OPERATOR_NAMESPACE, labels: PRIVILEGED },
      nextToComponent(this, opts),
    );
    const release = helmRelease(
      childName(name, OPERATOR, OPERATOR),
      {
        installation,
        chart: OPERATOR,
        releaseName: OPERATOR,
        namespace,
        values: gpuOperatorValues(args.settings),
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts, crds),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
