import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle } from "../charts/crdBundle";
import type { CrdManifest } from "../charts/crdManifests";

/** Arguments of the Gateway API. */
export interface GatewayApiArgs {
  /** The standard channel's CRDs. */
  readonly crds: readonly CrdManifest[];
}

/**
 * The Gateway API: the kinds Gateway, GatewayClass, HTTPRoute and so on. Removing them also removes what Istio makes of
 * these kinds at run time and no chart would clean up, such as its GatewayClasses.
 */
export class GatewayApi extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:GatewayApi", name, {}, opts);
    crdBundle(args.crds, childOptions(this, opts));
    this.registerOutputs({});
  }
}
