/** The catalogs that the fake OLM installs from. Names, channels and install modes are those of the real packages. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { V1CustomResourceDefinition } from "@kubernetes/client-node";
import { parse } from "yaml";
import { PROJECT_ROOT } from "../../../local/state";
import { NFD_DEFINITION } from "./nfdInstance";

/** An operator of a catalog. */
export interface Package {
  readonly name: string;
  readonly displayName: string;
  /** CatalogSource, in `openshift-marketplace`. */
  readonly source: string;
  /** Versions by channel, oldest first: names of ClusterServiceVersions. */
  readonly channels: Readonly<Record<string, readonly string[]>>;
  /** The install modes that it supports. */
  readonly installModes: Readonly<Record<InstallMode, boolean>>;
  /** Its Deployment, with labels. */
  readonly deployment: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  /** The CRDs that come with it. OLM never removes them. */
  definitions(): readonly V1CustomResourceDefinition[];
}

/** How many namespaces an operator watches. */
export type InstallMode = "OwnNamespace" | "SingleNamespace" | "MultiNamespace" | "AllNamespaces";

/** Namespace of all catalogs. */
export const MARKETPLACE = "openshift-marketplace";

const GPU_DEFINITIONS = path.join(PROJECT_ROOT, "local", "charts", "gpu-operator", "crds");

/**
 * @param gpuDefinitions Folder of the GPU Operator's definitions. Default: the fakes of this project.
 */
export function catalog(gpuDefinitions: string = GPU_DEFINITIONS): readonly Package[] {
  return [
    {
      name: "gpu-operator-certified",
      displayName: "NVIDIA GPU Operator",
      source: "certified-operators",
      channels: {
        stable: ["gpu-operator-certified.v26.3.2", "gpu-operator-certified.v26.3.3"],
        "v26.3": ["gpu-operator-certified.v26.3.2", "gpu-operator-certified.v26.3.3"],
      },
      installModes: { OwnNamespace: true, SingleNamespace: true, MultiNamespace: false, AllNamespaces: false },
      deployment: {
        name: "gpu-operator",
        labels: { app: "gpu-operator", "app.kubernetes.io/component": "gpu-operator" },
      },
      definitions: () =>
        ["nvidia.com_clusterpolicies.yaml", "nvidia.com_nvidiadrivers.yaml"].map(
          (file) => parse(fs.readFileSync(path.join(gpuDefinitions, file), "utf8")) as V1CustomResourceDefinition,
        ),
    },
    {
      name: "nfd",
      displayName: "Node Feature Discovery Operator",
      source: "redhat-operators",
      channels: { stable: ["nfd.v4.18.0"] },
      installModes: { OwnNamespace: true, SingleNamespace: true, MultiNamespace: true, AllNamespaces: true },
      deployment: { name: "nfd-controller-manager", labels: { "control-plane": "controller-manager" } },
      definitions: () => [NFD_DEFINITION],
    },
  ];
}
