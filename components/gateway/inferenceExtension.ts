import * as pulumi from "@pulumi/pulumi";
import type { CrdSource } from "../chartSource";
import { crdBundle } from "../crdBundle";

/** Arguments of the Inference Extension. */
export interface InferenceExtensionArgs {
  /** The CRDs of a release that still has the InferencePool API that Istio watches. */
  readonly crds: CrdSource;
}

/** The Gateway API Inference Extension: the kinds InferencePool, InferenceObjective and so on. */
export class InferenceExtension extends pulumi.ComponentResource {
  constructor(name: string, args: InferenceExtensionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceExtension", name, {}, opts);
    crdBundle(name, args.crds, { parent: this });
    this.registerOutputs({});
  }
}
