import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RenderChart } from "../../components/charts/crdManifests";
import { apiReader, type ReadApi } from "./inspection/apiReader";
import { type ConnectCluster, openKubeconfig } from "../../components/cluster/clusterApi";
import { gpuClient } from "../../components/gpu/gpuClient";
import type { GpuState } from "../../components/gpu/gpuState";
import { minifyKubeconfig } from "./kubeconfig";

/** The cluster that an environment is installed into. */
export interface Cluster {
  /** The one provider that every Kubernetes resource gets. */
  readonly provider: k8s.Provider;
  /** For the hooks that look at the cluster themselves. */
  readonly connect: ConnectCluster;
  /** Content of the kubeconfig, of this cluster alone; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Renders charts before any resource is made, which may be before there is a cluster. */
  readonly render: RenderChart;
  /**
   * What Kubernetes objects are gone with, when the program makes the cluster too: they then need no deleting, one by one,
   * in a cluster that goes next or that is gone already. Not for what leaves something behind outside the cluster.
   */
  readonly deletedWith?: pulumi.Resource;
}

/** A part of the platform that is made once there is a cluster; what comes after a part waits for all of it. */
export interface Foundation {
  /** For what runs on ordinary nodes: those nodes, with DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
  /** For model servers: nodes with GPUs. */
  readonly gpuNodes: readonly pulumi.Resource[];
  /** For Services of type LoadBalancer: what makes their balancers, and has to be there until the last one is gone. */
  readonly loadBalancers: readonly pulumi.Resource[];
  /** Annotations that such a Service needs, beside those that say how it is exposed. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
}

/** The foundation of a cluster that exists: all of it is there. */
export const EXISTING_FOUNDATION: Foundation = {
  nodes: [],
  gpuNodes: [],
  loadBalancers: [],
  loadBalancerAnnotations: {},
};

/**
 * Settings of the provider on every platform. Without the first it deletes a Secret whose content changes and makes it anew: a
 * container that starts in between finds none.
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
  /** Path of the kubeconfig file; a relative one is taken from `root`. */
  readonly file: string;
  /** Context of the file; its current one when undefined. */
  readonly context?: string;
  /** The project's folder. */
  readonly root: string;
  /**
   * What the provider takes for the cluster's identity. Only when it changes are all resources replaced; without it a
   * renewed certificate or a control plane on another port would do that too.
   */
  readonly identifier: string;
}

/** A cluster that is there already, so that it can be looked at before anything is declared. */
export interface ReadableCluster extends Cluster {
  /** Connects for reading. */
  readonly reader: () => Promise<ReadApi>;
  /** Reads what there is of GPUs. */
  readonly readGpus: () => Promise<GpuState>;
}

/** The cluster that a kubeconfig file points to. */
export function clusterFromKubeconfig(name: string, args: KubeconfigArgs): ReadableCluster {
  const file = path.resolve(args.root, args.file);
  const kubeconfig = minifyKubeconfig(fs.readFileSync(file, "utf8"), file, args.context);
  // The content and not the path: destroy and refresh take the provider from the state, on whatever machine they run.
  const secret = pulumi.secret(kubeconfig);
  // Made when it is first asked for: a cluster that is refused leaves nothing behind, not even a provider in the state.
  let made: k8s.Provider | undefined;
  const provider = (): k8s.Provider =>
    (made ??= new k8s.Provider(name, { ...PROVIDER_SETTINGS, kubeconfig: secret, clusterIdentifier: args.identifier }));
  return {
    get provider() {
      return provider();
    },
    connect: () => openKubeconfig(kubeconfig),
    reader: () => apiReader(kubeconfig),
    readGpus: async () => gpuClient(await openKubeconfig(kubeconfig)).readGpuState(),
    kubeconfig: secret,
    render: chartRenderer(provider),
  };
}

/** An output's value, for hooks: they run when what it is made of exists. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}
