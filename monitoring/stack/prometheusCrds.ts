import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { crdBundle } from "../../components/charts/crdBundle";
import type { CrdManifest } from "../../components/charts/crdManifests";

/** Arguments of the Prometheus Operator's kinds. */
export interface PrometheusCrdsArgs {
  readonly crds: readonly CrdManifest[];
}

/** The kinds of the Prometheus Operator, before anything that is monitored, and gone after all of it. */
export class PrometheusCrds extends pulumi.ComponentResource {
  constructor(name: string, args: PrometheusCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:monitoring:PrometheusCrds", name, {}, opts);
    crdBundle(args.crds, childOptions(this, opts));
    this.registerOutputs();
  }
}
