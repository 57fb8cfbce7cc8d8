import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle } from "../charts/crdBundle";
import type { CrdManifest } from "../charts/crdManifests";

/** Arguments of Istio's kinds. */
export interface IstioCrdsArgs {
  /** The CRDs of the same release as the charts. */
  readonly crds: readonly CrdManifest[];
}

/** Istio's own kinds: DestinationRule, EnvoyFilter and so on. */
export class IstioCrds extends pulumi.ComponentResource {
  constructor(name: string, args: IstioCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:IstioCrds", name, {}, opts);
    crdBundle(args.crds, childOptions(this, opts));
    this.registerOutputs({});
  }
}
