import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { childName } from "../component";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { ISTIO_BASE_RELEASE, ISTIOD_RELEASE } from "../naming";
import { baseValues, istiodValues, type IstiodValuesArgs } from "./istioValues";

/** Arguments of Istio. */
export interface IstioArgs extends IstiodValuesArgs {
  readonly installation: Installation;
  /** Namespace of the control plane. */
  readonly namespace: pulumi.Input<string>;
  /** How long to wait for istiod, in seconds. */
  readonly timeoutSeconds: number;
}

/** Name of the component in an environment. */
const USUAL_NAME = "istio";

/** Istio's control plane for the inference gateway: no sidecars, and with support for InferencePools. */
export class Istio extends pulumi.ComponentResource {
  /** Version of the istiod chart, known once the control plane is ready. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:Istio", name, args, opts);
    const { installation, namespace, timeoutSeconds } = args;
    const shared = { installation, namespace, timeoutSeconds };
    const base = helmRelease(
      childName(name, USUAL_NAME, ISTIO_BASE_RELEASE),
      { ...shared, chart: "base", releaseName: ISTIO_BASE_RELEASE, values: baseValues() },
      childOptions(this, opts),
    );
    const istiod = helmRelease(
      childName(name, USUAL_NAME, ISTIOD_RELEASE),
      { ...shared, chart: "istiod", releaseName: ISTIOD_RELEASE, values: istiodValues(args) },
      childOptions(this, opts, [base]),
    );

    this.version = istiod.status.apply((status) => status.version);
    this.registerOutputs({ version: this.version });
  }
}
