import * as pulumi from "@pulumi/pulumi";
import type { CrdSource } from "../chartSource";
import { crdBundle } from "../crdBundle";

/** Arguments of Istio's kinds. */
export interface IstioCrdsArgs {
  /** The CRDs of the same release as the charts. */
  readonly crds: CrdSource;
}

/** Istio's own kinds: DestinationRule, EnvoyFilter and so on. */
export class IstioCrds extends pulumi.ComponentResource {
  constructor(name: string, args: IstioCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:IstioCrds", name, {}, opts);
    crdBundle(name, args.crds, { parent: this });
    this.registerOutputs({});
  }
}
