import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle, type CrdBundleArgs } from "../charts/crdBundle";

/**
 * The Gateway API: the kinds Gateway, GatewayClass, HTTPRoute and so on. Removing them also removes what Istio makes of
 * these kinds at run time and no chart would clean up, such as its GatewayClasses.
 */
export class GatewayApi extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:GatewayApi", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
