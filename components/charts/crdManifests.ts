import * as fs from "node:fs";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CORE_SCHEMA, loadAll } from "js-yaml";
import type { ChartSources, CrdSource } from "./chartSource";

/** A CRD as its release has it. */
export interface CrdManifest {
  readonly metadata: ManifestMetadata;
  readonly spec: k8s.types.input.apiextensions.v1.CustomResourceDefinitionSpec;
}

/** The metadata that the program keeps. */
interface ManifestMetadata {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** Renders a chart and returns its objects, including those of `crds/`. */
export type RenderChart = (chart: string, version: string) => Promise<unknown[]>;

/** How long one download may take, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 30_000;
const DOWNLOAD_ATTEMPTS = 3;

/** Tells `helm uninstall` to keep an object. Pulumi owns these CRDs, so the annotation would only mislead a reader. */
const HELM_KEEP_ANNOTATION = "helm.sh/resource-policy";

/**
 * Reads all bundles of CRDs in parallel, before any resource is made. Each CRD is then a plain resource: others can wait for it,
 * and destroy deletes it after them. The provider's own components for YAML create their children outside of the program, and
 * a `dependsOn` on such a component does not reach them.
 *
 * @throws Error that names every bundle that cannot be read.
 */
export async function loadCrds(
  sources: Pick<ChartSources, "crds">,
  render: RenderChart,
): Promise<Record<string, CrdManifest[]>> {
  const names = Object.keys(sources.crds);
  const results = await Promise.allSettled(
    Object.values(sources.crds).map(async (source) => crdsOf(await read(source, render))),
  );
  const problems = results.flatMap((result, index) =>
    result.status === "rejected" ? [`  - CRDs ${names[index]}: ${(result.reason as Error).message}`] : [],
  );
  if (problems.length > 0) {
    throw new pulumi.RunError(
      [
        "CRDs cannot be read:",
        ...problems,
        "Behind a firewall, set llm-d:charts.mirror; see docs/configuration.md.",
      ].join("\n"),
    );
  }
  return Object.fromEntries(
    results.map((result, index) => [names[index] ?? "", result.status === "fulfilled" ? result.value : []]),
  );
}

async function read(source: CrdSource, render: RenderChart): Promise<unknown[]> {
  if ("chart" in source) return render(source.chart, source.version);
  if ("url" in source) return parse(await download(source.url), source.url);
  return source.files.flatMap((file) => parse(fs.readFileSync(file, "utf8"), file));
}

/**
 * Every preview reads megabytes of CRDs. This parser takes a fifth of the time of the one in the rest of the program.
 */
function parse(text: string, where: string): unknown[] {
  try {
    return loadAll(text, undefined, { schema: CORE_SCHEMA });
  } catch (error) {
    throw new Error(`${where} is not YAML: ${(error as Error).message.split("\n")[0]}`, { cause: error });
  }
}

/** The CRDs among a bundle's objects, without the fields that only the API server writes. */
function crdsOf(objects: readonly unknown[]): CrdManifest[] {
  const crds = objects
    .filter((object) => (object as { kind?: unknown } | null)?.kind === "CustomResourceDefinition")
    .map((object) => {
      const { metadata, spec } = object as { metadata: ManifestMetadata; spec: CrdManifest["spec"] };
      const { name, labels } = metadata;
      const { [HELM_KEEP_ANNOTATION]: _, ...annotations } = metadata.annotations ?? {};
      // The API server drops an empty map, so one would be a difference in every preview.
      const filled = Object.entries({ labels, annotations }).filter(([, map]) => Object.keys(map ?? {}).length > 0);
      return { metadata: { name, ...Object.fromEntries(filled) }, spec };
    });
  if (crds.length === 0) throw new Error("it has no CRD");
  return crds;
}

async function download(url: string): Promise<string> {
  // Loaded here, because with a mirror nothing is downloaded.
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        // Node's own fetch ignores HTTPS_PROXY and NO_PROXY.
        dispatcher: new EnvHttpProxyAgent(),
        signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
      });
      if (response.ok) return await response.text();
      throw new Error(`${url} answered ${response.status} ${response.statusText}`);
    } catch (error) {
      if (attempt < DOWNLOAD_ATTEMPTS) continue;
      const cause = (error as { cause?: { message?: string } }).cause?.message;
      const { message } = error as Error;
      throw new Error(message.includes(url) ? message : `${url}: ${cause ?? message}`, { cause: error });
    }
  }
}
