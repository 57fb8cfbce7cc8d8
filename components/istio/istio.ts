import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { ISTIO_BASE_RELEASE, ISTIOD_RELEASE } from "../naming";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import type { ChartValues } from "../charts/values";
import { baseValues, istiodValues, type PilotSettings } from "./istioValues";

/** Arguments of Istio. */
export interface IstioArgs {
  readonly installation: Installation;
  /** Namespace of the control plane. */
  readonly namespace: pulumi.Input<string>;
  readonly pilot: PilotSettings;
  /** Whole image references of the control plane and of the gateway's proxy. */
  readonly images: { readonly pilot: string; readonly proxyv2: string };
  /** Merged over the istiod chart's values. */
  readonly values: Readonly<ChartValues>;
  /** How long to wait for istiod, in seconds. */
  readonly timeoutSeconds: number;
}

/** Istio's control plane, set up to be the inference gateway's: no sidecars, and inference pools switched on. */
export class Istio extends pulumi.ComponentResource {
  /** Version of the istiod chart, known once the control plane is ready. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:Istio", name, {}, opts);
    const { installation, namespace, timeoutSeconds } = args;

    const base = helmRelease(
      ISTIO_BASE_RELEASE,
      {
        installation,
        chart: "base",
        releaseName: ISTIO_BASE_RELEASE,
        namespace,
        values: baseValues(),
        timeoutSeconds,
      },
      childOptions(this, opts),
    );
    const istiod = helmRelease(
      ISTIOD_RELEASE,
      {
        installation,
        chart: "istiod",
        releaseName: ISTIOD_RELEASE,
        namespace,
        values: istiodValues(args),
        timeoutSeconds,
      },
      childOptions(this, opts, [base]),
    );

    this.version = istiod.status.apply((status) => status.version);
    this.registerOutputs({ version: this.version });
  }
}
