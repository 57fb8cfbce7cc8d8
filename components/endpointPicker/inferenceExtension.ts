import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle, type CrdBundleArgs } from "../crds/crdBundle";

/**
 * The CRDs of the Gateway API Inference Extension: InferencePool, InferenceObjective and so on. They are of a release that still has
 * the InferencePool API that Istio watches.
 */
export class InferenceExtension extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceExtension", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
