import * as pulumi from "@pulumi/pulumi";
import { crdBundle, type CrdBundleArgs } from "../../components/crds/crdBundle";
import { childOptions } from "../../components/childOptions";

/** The Prometheus Operator's CRDs. They exist before every object of these kinds, and are deleted after them. */
export class PrometheusCrds extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:monitoring:PrometheusCrds", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
