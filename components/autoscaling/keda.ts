import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import { crdBundle } from "../charts/crdBundle";
import type { CrdManifest } from "../charts/crdManifests";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { type ChartValues, mergeValues } from "../charts/values";
import { kedaValues, type KedaValuesArgs } from "./kedaValues";

/** Namespace of KEDA, which its documentation uses. */
export const KEDA_NAMESPACE = "keda";

/** The chart, and the release of it. */
const KEDA = "keda";

/** Arguments of KEDA. */
export interface KedaArgs extends KedaValuesArgs {
  readonly installation: Installation;
  readonly crds: readonly CrdManifest[];
  /** Merged over the values made here; lists replace lists. */
  readonly values: Readonly<ChartValues>;
  /** How long to wait until it runs, images included, in seconds. */
  readonly timeoutSeconds: number;
}

/** KEDA, which asks Prometheus for a ScaledObject and hands the answers to Kubernetes' own autoscaler. */
export class Keda extends pulumi.ComponentResource {
  /** Name of the Helm release, known once operator and metrics API run. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:autoscaling:Keda", name, {}, opts);
    const crds = crdBundle(args, childOptions(this, opts));
    const namespace = new OwnedNamespace(
      KEDA_NAMESPACE,
      {
        name: KEDA_NAMESPACE,
        installation: args.installation,
        podSecurity: "restricted",
      },
      childOptions(this, opts),
    );
    const release = helmRelease(
      name,
      {
        installation: args.installation,
        chart: KEDA,
        releaseName: KEDA,
        namespace: namespace.namespace,
        values: mergeValues(kedaValues(args), args.values),
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts, crds),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
