import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle } from "../charts/crdBundle";
import type { CrdManifest } from "../charts/crdManifests";

/** Arguments of the Inference Extension. */
export interface InferenceExtensionArgs {
  /** The CRDs of a release that still has the InferencePool API that Istio watches. */
  readonly crds: readonly CrdManifest[];
}

/** The Gateway API Inference Extension: the kinds InferencePool, InferenceObjective and so on. */
export class InferenceExtension extends pulumi.ComponentResource {
  constructor(name: string, args: InferenceExtensionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceExtension", name, {}, opts);
    crdBundle(args.crds, childOptions(this, opts));
    this.registerOutputs({});
  }
}
