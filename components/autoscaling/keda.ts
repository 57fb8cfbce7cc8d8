import * as pulumi from "@pulumi/pulumi";
import { childOptions, nextToComponent } from "../childOptions";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import { childName } from "../component";
import { crdBundle, type CrdBundleArgs } from "../crds/crdBundle";
import { helmRelease } from "../charts/release";
import { type ChartValues, mergeValues } from "../charts/values";
import { kedaValues, type KedaValuesArgs } from "./kedaValues";

/** Namespace of KEDA, as in its documentation. */
export const KEDA_NAMESPACE = "keda";

/** Name of the chart, of its release, and of the component in an environment. */
const KEDA = "keda";

/** Arguments of KEDA. */
export interface KedaArgs extends KedaValuesArgs, CrdBundleArgs {
  /** Merged over the values of the program; lists replace lists. */
  readonly values: Readonly<ChartValues>;
  /** How long to wait until it runs, including image pulls, in seconds. */
  readonly timeoutSeconds: number;
}

/** KEDA, which queries Prometheus for each ScaledObject and passes the answers to Kubernetes' own autoscaler. */
export class Keda extends pulumi.ComponentResource {
  /** Name of the Helm release, known once operator and metrics API run. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:autoscaling:Keda", name, args, opts);
    const { installation } = args;
    const crds = crdBundle(args, childOptions(this, opts));
    const { namespace } = new OwnedNamespace(
      childName(name, KEDA, KEDA_NAMESPACE),
      { installation, name: KEDA_NAMESPACE, podSecurity: "restricted" },
      nextToComponent(this, opts),
    );
    const release = helmRelease(
      name,
      {
        installation,
        chart: KEDA,
        releaseName: KEDA,
        namespace,
        values: mergeValues(kedaValues(args), args.values),
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts, crds),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
