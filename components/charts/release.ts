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
  /** The release's name in the cluster; part of the names of what the chart makes. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  readonly values: pulumi.Input<ChartValues>;
  /** How long to wait, in seconds, until everything the chart makes is ready, and on removal until it is gone. */
  readonly timeoutSeconds: number;
  /** A program that Helm runs over what the chart makes, by its path from the project's folder. */
  readonly postRenderer?: string;
}

/**
 * Revisions of a release that are kept as Secrets in its namespace. Nothing rolls back to an old one (the program is what
 * is rolled back), so a few for a person to compare are enough; the provider's default keeps all, for ever.
 */
const KEPT_REVISIONS = 3;

/**
 * The one place that makes Helm releases. Its settings are chosen so that a run that failed or was killed is put right by
 * running it again:
 * - not `atomic`: a failed install stays for a look at what went wrong, is in Pulumi's state as failed, and the next run
 *   upgrades it. An atomic one would be uninstalled in the background at its timeout, even by the provider process
 *   of a killed run, while the next run is already waiting on the same objects;
 * - the namespace is a resource of its own: one that Helm creates is not removed with the release;
 * - no CRDs from a chart's `crds/` folder: Helm neither upgrades nor removes those, so they are resources of their own.
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
