import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RenderChart } from "../../components/crds/crdManifests";
import { CrdProvider } from "../../components/crds/customResourceDefinition";
import { openKubeconfig } from "../../components/cluster/clusterApi";
import { gpuClient } from "../../components/gpu/gpuClient";
import type { GpuState } from "../../components/gpu/gpuState";
import type { Platform } from "../../components/platform";
import { type BuiltPlatform, EXISTING_FOUNDATION } from "./definition";
import { apiReader, type ReadApi } from "./inspection/apiReader";
import { minifyKubeconfig } from "./kubeconfig";

/**
 * Settings of the provider on every platform. By default the provider replaces a changed Secret: it deletes the old one
 * first, and a container that starts in between finds no Secret.
 */
export const PROVIDER_SETTINGS = { enableSecretMutable: true } as const;

/**
 * Renders charts with the Helm of a provider, which fetches them with the user's registry credentials.
 *
 * @param provider Called only when a chart is rendered.
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

/** Location and identity of the cluster. */
export interface KubeconfigArgs {
  /** Path of the kubeconfig file. A relative path starts from `root`. */
  readonly file: string;
  /** Context in the file. @default the current context */
  readonly context?: string;
  /** The project's folder. */
  readonly root: string;
  /**
   * Identity of the cluster. The provider replaces all resources when it changes. Without it, a renewed certificate or
   * another port of the control plane would replace them too.
   */
  readonly identifier: string;
}

/** An existing cluster, which can be read before anything is declared. */
export interface ReadableCluster extends Pick<BuiltPlatform, "cluster" | "connect" | "render"> {
  readonly reader: () => Promise<ReadApi>;
  readonly readGpus: () => Promise<GpuState>;
}

/** The cluster that a kubeconfig file points to. */
export function clusterFromKubeconfig(name: string, args: KubeconfigArgs): ReadableCluster {
  const file = path.resolve(args.root, args.file);
  const content = minifyKubeconfig(fs.readFileSync(file, "utf8"), file, args.context);
  // The content instead of the path, because destroy and refresh take the provider from the state on any machine.
  const kubeconfig = pulumi.secret(content);
  const cluster = { kubeconfig, clusterIdentifier: args.identifier };
  // Made at their first use, so that a refused cluster leaves no provider in the state.
  let made: k8s.Provider | undefined;
  const provider = (): k8s.Provider => (made ??= new k8s.Provider(name, { ...PROVIDER_SETTINGS, ...cluster }));
  let crdProvider: CrdProvider | undefined;
  return {
    cluster: {
      get provider() {
        return provider();
      },
      get crdProvider() {
        return (crdProvider ??= new CrdProvider(`${name}-crds`, cluster));
      },
      kubeconfig,
    },
    connect: () => openKubeconfig(content),
    reader: () => apiReader(content),
    readGpus: async () => gpuClient(await openKubeconfig(content)).readGpuState(),
    render: chartRenderer(provider),
  };
}

/** Parts of a platform that plain Kubernetes clusters share. */
export const PLAIN_KUBERNETES: Pick<Platform, "istioValues" | "admit" | "gatewayService" | "expose"> &
  Pick<BuiltPlatform, "foundation"> = {
  istioValues: {},
  admit: () => [],
  gatewayService: { type: "LoadBalancer", annotations: {} },
  expose: (gateway) => gateway.url,
  foundation: () => EXISTING_FOUNDATION,
};
