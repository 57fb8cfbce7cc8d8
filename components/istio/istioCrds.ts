import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle, type CrdBundleArgs } from "../crds/crdBundle";

/** Istio's own CRDs, of the same release as its charts: DestinationRule, EnvoyFilter and so on. */
export class IstioCrds extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:IstioCrds", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
