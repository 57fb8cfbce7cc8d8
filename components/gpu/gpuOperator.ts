import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import { crdBundle } from "../charts/crdBundle";
import type { CrdManifest } from "../charts/crdManifests";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { gpuOperatorValues, type GpuOperatorSettings } from "./gpuOperatorValues";

/** Namespace of the operator and its operands, which NVIDIA's documentation uses. */
export const GPU_OPERATOR_NAMESPACE = "gpu-operator";

/** Arguments of the GPU Operator. */
export interface GpuOperatorArgs {
  readonly installation: Installation;
  /** Kinds of the operator, its driver and Node Feature Discovery. */
  readonly crds: readonly CrdManifest[];
  readonly settings: GpuOperatorSettings;
  /** How long to wait for the operator itself, images included, in seconds; its operands are `GpuReadiness`'s to wait for. */
  readonly timeoutSeconds: number;
}

const OPERATOR = "gpu-operator";

/** The operator's pods, and those of Node Feature Discovery, need what only this level allows: host paths and devices. */
const PRIVILEGED = { "pod-security.kubernetes.io/enforce": "privileged" };

/**
 * The NVIDIA GPU Operator from its Helm chart, with Node Feature Discovery: it finds the nodes with GPUs and runs on them
 * what Kubernetes needs to hand GPUs out.
 */
export class GpuOperator extends pulumi.ComponentResource {
  /** Name of the Helm release, known once the operator runs. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: GpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:GpuOperator", name, {}, opts);
    const crds = crdBundle(args, childOptions(this, opts));
    const namespace = new OwnedNamespace(
      GPU_OPERATOR_NAMESPACE,
      {
        name: GPU_OPERATOR_NAMESPACE,
        installation: args.installation,
        labels: PRIVILEGED,
      },
      childOptions(this, opts),
    );
    const release = helmRelease(
      OPERATOR,
      {
        installation: args.installation,
        chart: OPERATOR,
        releaseName: OPERATOR,
        namespace: namespace.namespace,
        values: gpuOperatorValues(args.settings),
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts, crds),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
