import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle, type CrdBundleArgs } from "../charts/crdBundle";

/** The Gateway API Inference Extension: the kinds InferencePool, InferenceObjective and so on. */
export class InferenceExtension extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceExtension", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
