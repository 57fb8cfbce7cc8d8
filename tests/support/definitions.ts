import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { PROJECT_ROOT } from "../../local/state";
import { GO_ENVIRONMENT } from "../../local/toolchain/goModule";
import { eventually, type TestEnvironment } from "./environment";

const DEFINED = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };

/** Gateway API's CRDs have their release in this annotation. */
export const BUNDLE_VERSION = "gateway.networking.k8s.io/bundle-version";

/** A CRD without a schema, for kinds that only have to exist. */
export function bareDefinition(plural: string, group: string): k8s.V1CustomResourceDefinition {
  const kind = plural.replace(/^./, (first) => first.toUpperCase());
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } as k8s.V1CustomResourceValidation },
      ],
    },
  } as k8s.V1CustomResourceDefinition;
}

/** Reads CRDs from a Go module that one of the toolchain's modules pins. */
export function moduleDefinitions(
  toolModule: "cluster" | "manifests",
  module: string,
  files: readonly string[],
): k8s.V1CustomResourceDefinition[] {
  const text = execFileSync("go", ["mod", "download", "-json", module], {
    cwd: path.join(PROJECT_ROOT, "local", "toolchain", "modules", toolModule),
    env: { ...process.env, ...GO_ENVIRONMENT },
    encoding: "utf8",
  });
  const { Dir } = JSON.parse(text) as { Dir: string };
  return files.map((file) => parse(fs.readFileSync(path.join(Dir, file), "utf8")) as k8s.V1CustomResourceDefinition);
}

/** CRDs that are not installed by the stack. */
export class Definitions {
  readonly api: k8s.ApiextensionsV1Api;

  constructor(private readonly environment: TestEnvironment) {
    this.api = environment.kubeconfig.makeApiClient(k8s.ApiextensionsV1Api);
  }

  /** Creates a CRD and waits until its kind is served. */
  async define(body: k8s.V1CustomResourceDefinition): Promise<void> {
    // Not with the typed API: it renames the `x-kubernetes-` keys of a schema.
    await this.environment.kubeconfig
      .makeApiClient(k8s.CustomObjectsApi)
      .createClusterCustomObject({ ...DEFINED, body });
    const name = body.metadata?.name ?? "";
    await eventually(
      `the definition ${name}`,
      120_000,
      async () => (await this.api.readCustomResourceDefinition({ name })).status?.conditions ?? [],
      (conditions) => conditions.some(({ type, status }) => type === "Established" && status === "True"),
    );
  }

  /** Deletes a CRD and waits until it is gone. */
  async undefine(name: string): Promise<void> {
    await this.api.deleteCustomResourceDefinition({ name });
    await eventually(
      `the end of the definition ${name}`,
      120_000,
      () => this.api.readCustomResourceDefinition({ name }).catch(() => undefined),
      (found) => found === undefined,
    );
  }

  /** The CRDs of a bundle in the toolchain's mirror. */
  bundle(name: string): k8s.V1CustomResourceDefinition[] {
    const folder = path.join(this.environment.embedded.toolchain.mirror, name);
    return fs
      .readdirSync(folder)
      .map((file) => parse(fs.readFileSync(path.join(folder, file), "utf8")) as k8s.V1CustomResourceDefinition);
  }

  /** Installs Gateway API's CRDs as a release. @returns their names */
  async installGatewayApi(release: string): Promise<string[]> {
    const bodies = this.bundle("gateway-api");
    for (const body of bodies) {
      body.metadata = { ...body.metadata, annotations: { ...body.metadata?.annotations, [BUNDLE_VERSION]: release } };
      await this.define(body);
    }
    return bodies.map(({ metadata }) => metadata?.name ?? "");
  }

  /** Writes another release into the CRDs' annotation. */
  async relabel(names: readonly string[], release: string): Promise<void> {
    for (const name of names) {
      const place = `/metadata/annotations/${BUNDLE_VERSION.replace("/", "~1")}`;
      await this.api.patchCustomResourceDefinition({ name, body: [{ op: "replace", path: place, value: release }] });
    }
  }
}
