import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { crdBundle, type CrdBundleArgs } from "../crds/crdBundle";

/**
 * The CRDs of the Gateway API: Gateway, GatewayClass, HTTPRoute and so on. Their deletion also deletes the objects that Istio
 * creates at run time, such as its GatewayClasses, which no chart removes.
 */
export class GatewayApi extends pulumi.ComponentResource {
  constructor(name: string, args: CrdBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:GatewayApi", name, args, opts);
    crdBundle(args, childOptions(this, opts));
    this.registerOutputs();
  }
}
