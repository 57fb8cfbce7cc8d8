import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Installation } from "../installation";
import { releaseRecovery } from "./releaseRecovery";
import type { ChartValues } from "./values";

/** Arguments of one Helm release. */
export interface ReleaseArgs {
  readonly installation: Installation;
  /** The chart's name, a key of the version table. */
  readonly chart: string;
  /** The release's name in the cluster; part of the names of the chart's objects. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  readonly values: pulumi.Input<ChartValues>;
  /** How long to wait until all objects of the chart are ready, and on deletion until they are gone, in seconds. */
  readonly timeoutSeconds: number;
  /** Path of a program that changes the chart's rendered objects, from the project's folder. */
  readonly postRenderer?: string;
}

/**
 * Revisions of a release that stay as Secrets in its namespace. Nobody rolls back to an old one, because the program is rolled
 * back instead. So a few are enough for a person to compare; the provider's default keeps all.
 */
const KEPT_REVISIONS = 3;

/**
 * The one place that makes Helm releases. After a run that failed or was killed, another run repairs the release:
 * - not `atomic`: a failed install stays for inspection, is in Pulumi's state as failed, and the next run upgrades it. At its
 *   timeout an atomic one would be uninstalled in the background, even by the provider process of a killed run, while the next
 *   run already waits for the same objects;
 * - the namespace is a separate resource, because Helm does not delete with the release a namespace that it created;
 * - no CRDs from a chart's `crds/` folder: Helm neither upgrades nor deletes those, so they are separate resources.
 *
 * @throws Error when the installation has no source for the chart.
 */
export function helmRelease(name: string, args: ReleaseArgs, opts: pulumi.CustomResourceOptions): k8s.helm.v3.Release {
  const source = args.installation.sources.charts[args.chart];
  if (source === undefined) throw new Error(`no source is known for the chart ${args.chart}`);
  return new k8s.helm.v3.Release(
    name,
    {
      name: args.releaseName,
      namespace: args.namespace,
      chart: source.chart,
      version: source.version,
      ...(source.repository === undefined ? {} : { repositoryOpts: { repo: source.repository } }),
      values: args.values,
      ...(args.postRenderer === undefined ? {} : { postrender: args.postRenderer }),
      timeout: args.timeoutSeconds,
      maxHistory: KEPT_REVISIONS,
      createNamespace: false,
      skipCrds: true,
      atomic: false,
    },
    {
      ...opts,
      // Both releases share a name, so deleting the old one after the new one uninstalls the new one.
      deleteBeforeReplace: true,
      ...(args.installation.reachable ? { hooks: releaseRecovery(args.installation) } : {}),
    },
  );
}
