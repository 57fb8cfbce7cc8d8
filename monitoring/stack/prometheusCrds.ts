import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { crdBundle } from "../../components/charts/crdBundle";
import type { CrdManifest } from "../../components/charts/crdManifests";

/** Arguments of PrometheusCrds. */
export interface PrometheusCrdsArgs {
  readonly crds: readonly CrdManifest[];
}

/** The Prometheus Operator's CRDs. They exist before every object of these kinds, and are deleted after them. */
export class PrometheusCrds extends pulumi.ComponentResource {
  constructor(name: string, args: PrometheusCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:monitoring:PrometheusCrds", name, args, opts);
    crdBundle(args.crds, childOptions(this, opts));
    this.registerOutputs();
  }
}
