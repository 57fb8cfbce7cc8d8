import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { moduleDir } from "../../local/toolchain/goModule";
import { eventually } from "./environment";

/** Tekton Pipelines' Go module. From v1.0 on, its CRDs have schemas for validation. */
const TEKTON = "github.com/tektoncd/pipeline@v1.9.0";
const KINDS = ["task", "pipeline"] as const;

/** Tekton's CRDs for Task and Pipeline. */
export async function tektonDefinitions(): Promise<k8s.V1CustomResourceDefinition[]> {
  const folder = path.join(await moduleDir(TEKTON, os.tmpdir()), "config", "300-crds");
  return KINDS.map((kind) => {
    const text = fs.readFileSync(path.join(folder, `300-${kind}.yaml`), "utf8");
    const definition = parse(text) as k8s.V1CustomResourceDefinition;
    // Tekton's conversion webhook does not run here. The tests use the stored version only.
    delete definition.spec.conversion;
    return definition;
  });
}

/** Installs the CRDs and waits until the API server serves them. */
export async function installTekton(kubeconfig: k8s.KubeConfig): Promise<{ remove(): Promise<void> }> {
  const api = kubeconfig.makeApiClient(k8s.ApiextensionsV1Api);
  const definitions = await tektonDefinitions();
  // The typed API drops a schema's x-kubernetes-* keys.
  const raw = kubeconfig.makeApiClient(k8s.CustomObjectsApi);
  const where = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
  for (const body of definitions) await raw.createClusterCustomObject({ ...where, body });
  for (const { metadata } of definitions) {
    await eventually(
      `${metadata?.name} is served`,
      30_000,
      async () => (await api.readCustomResourceDefinition({ name: metadata?.name ?? "" })).status?.conditions ?? [],
      (conditions) => conditions.some(({ type, status }) => type === "Established" && status === "True"),
    );
  }
  return {
    remove: async () => {
      for (const { metadata } of definitions) await api.deleteCustomResourceDefinition({ name: metadata?.name ?? "" });
    },
  };
}
