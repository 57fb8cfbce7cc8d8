import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { crdBundle, type CrdBundleArgs } from "../../components/charts/crdBundle";

/** The kinds of the Prometheus Operator, before anything that is monitored, and gone after all of it. */
export class PrometheusCrds extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:monitoring:PrometheusCrds", name, {}, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
