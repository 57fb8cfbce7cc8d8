import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RenderChart } from "../../components/charts/crdManifests";
import { openKubeconfig } from "../../components/cluster/clusterApi";
import { gpuClient } from "../../components/gpu/gpuClient";
import type { GpuState } from "../../components/gpu/gpuState";
import type { Platform } from "../../components/platform";
import { type BuiltPlatform, EXISTING_FOUNDATION } from "./definition";
import { apiReader, type ReadApi } from "./inspection/apiReader";
import { minifyKubeconfig } from "./kubeconfig";

/**
 * Settings of the provider on every platform. By default it replaces a Secret whose content changes: it deletes the old one first,
 * and a container that starts in between finds none.
 */
export const PROVIDER_SETTINGS = { enableSecretMutable: true } as const;

/**
 * Renders charts with the Helm of a provider, which fetches them with the user's registry credentials.
 *
 * @param provider Called when there is a chart to render.
 */
export function chartRenderer(provider: () => k8s.Provider): RenderChart {
  return async (chart, version) => {
    const jsonOpts = JSON.stringify({ chart, version, skip_crd_rendering: false });
    const answer = (await pulumi.runtime.invoke(
      "kubernetes:helm:template",
      { jsonOpts },
      { provider: provider() },
    )) as {
      result?: unknown[];
    };
    return answer.result ?? [];
  };
}

/** Where the cluster is. */
export interface KubeconfigArgs {
  /** Path of the kubeconfig file; a relative one starts from `root`. */
  readonly file: string;
  /** Context of the file. @default its current one */
  readonly context?: string;
  /** The project's folder. */
  readonly root: string;
  /**
   * The cluster's identity for the provider, which replaces all resources when it changes. Without it the provider would do that for
   * a renewed certificate or another port of the control plane too.
   */
  readonly identifier: string;
}

/** A cluster that exists, so that it can be read before anything is declared. */
export interface ReadableCluster extends Pick<BuiltPlatform, "cluster" | "connect" | "render"> {
  readonly reader: () => Promise<ReadApi>;
  readonly readGpus: () => Promise<GpuState>;
}

/** The cluster that a kubeconfig file points to. */
export function clusterFromKubeconfig(name: string, args: KubeconfigArgs): ReadableCluster {
  const file = path.resolve(args.root, args.file);
  const content = minifyKubeconfig(fs.readFileSync(file, "utf8"), file, args.context);
  // The content and not the path: destroy and refresh take the provider from the state, on any machine.
  const kubeconfig = pulumi.secret(content);
  // Made at its first use: a cluster that is refused leaves nothing behind, not even a provider in the state.
  let made: k8s.Provider | undefined;
  const provider = (): k8s.Provider =>
    (made ??= new k8s.Provider(name, { ...PROVIDER_SETTINGS, kubeconfig, clusterIdentifier: args.identifier }));
  return {
    cluster: {
      get provider() {
        return provider();
      },
      kubeconfig,
    },
    connect: () => openKubeconfig(content),
    reader: () => apiReader(content),
    readGpus: async () => gpuClient(await openKubeconfig(content)).readGpuState(),
    render: chartRenderer(provider),
  };
}

/** What is the same on every platform that is plain Kubernetes and exists already. */
export const PLAIN_KUBERNETES: Pick<Platform, "istioValues" | "admit" | "gatewayService" | "expose"> &
  Pick<BuiltPlatform, "foundation"> = {
  istioValues: {},
  admit: () => [],
  gatewayService: { type: "LoadBalancer", annotations: {} },
  expose: (gateway) => gateway.url,
  foundation: () => EXISTING_FOUNDATION,
};
