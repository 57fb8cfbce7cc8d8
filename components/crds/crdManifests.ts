import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { CORE_SCHEMA, loadAll } from "js-yaml";
import type { ChartSources, CrdSource } from "../charts/chartSource";
import { keepIndex, keepManifest, type Manifest, recallIndex } from "./manifestStore";

/** A CRD of a release, without its schema. */
export interface CrdManifest {
  readonly name: string;
  /** As in the release, such as the bundle's version. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of the versions that the API server serves. */
  readonly served: readonly string[];
  /** Address of the whole manifest in the store: a hash of its content. */
  readonly digest: string;
}

/** Renders a chart and returns its objects, including those of `crds/`. */
export type RenderChart = (chart: string, version: string) => Promise<unknown[]>;

/** How long one download may take, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 30_000;
const DOWNLOAD_ATTEMPTS = 3;

/** Tells `helm uninstall` to keep an object. Pulumi owns these CRDs, so the annotation would only mislead a reader. */
const HELM_KEEP_ANNOTATION = "helm.sh/resource-policy";

/**
 * Reads all bundles of CRDs in parallel, before any resource is made. The schemas, megabytes of them, go to the store on this
 * machine; the program has the rest.
 *
 * @throws Error that names every bundle that cannot be read.
 */
export async function loadCrds(
  sources: Pick<ChartSources, "crds">,
  render: RenderChart,
): Promise<Record<string, CrdManifest[]>> {
  const names = Object.keys(sources.crds);
  const results = await Promise.allSettled(Object.values(sources.crds).map((source) => read(source, render)));
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

async function read(source: CrdSource, render: RenderChart): Promise<CrdManifest[]> {
  if ("chart" in source) return kept(crdsOf(await render(source.chart, source.version)));
  if ("url" in source) return parsed([{ text: await download(source.url), where: source.url }]);
  return parsed(source.files.map((file) => ({ text: fs.readFileSync(file, "utf8"), where: file })));
}

/** The CRDs in YAML texts. Parsing takes most of the time of a preview without a change, so each text is parsed once. */
function parsed(texts: readonly { readonly text: string; readonly where: string }[]): CrdManifest[] {
  const key = crypto
    .createHash("sha256")
    .update(JSON.stringify(texts.map(({ text }) => text)))
    .digest("hex");
  const known = recallIndex<CrdManifest[]>(key, (crds) => crds.map(({ digest }) => digest));
  if (known !== undefined) return known;
  const crds = kept(crdsOf(texts.flatMap(({ text, where }) => parse(text, where))));
  keepIndex(key, crds);
  return crds;
}

/** This parser takes a fifth of the time of the one in the rest of the program. */
function parse(text: string, where: string): unknown[] {
  try {
    return loadAll(text, undefined, { schema: CORE_SCHEMA });
  } catch (error) {
    throw new Error(`${where} is not YAML: ${(error as Error).message.split("\n")[0]}`, { cause: error });
  }
}

/** The CRDs among a bundle's objects, without the fields that only the API server writes. */
function crdsOf(objects: readonly unknown[]): Manifest[] {
  const crds = objects
    .filter((object) => (object as { kind?: unknown } | null)?.kind === "CustomResourceDefinition")
    .map((object) => {
      const { metadata, spec } = object as Manifest;
      const { name, labels = {} } = metadata;
      const { [HELM_KEEP_ANNOTATION]: _, ...annotations } = metadata.annotations ?? {};
      return { metadata: { name, labels, annotations }, spec };
    });
  if (crds.length === 0) throw new Error("it has no CRD");
  return crds;
}

/** Puts the manifests into the store. */
export function kept(manifests: readonly Manifest[]): CrdManifest[] {
  return manifests.map((manifest) => ({
    name: manifest.metadata.name,
    annotations: manifest.metadata.annotations ?? {},
    served: manifest.spec.versions.filter(({ served }) => served).map(({ name }) => name),
    digest: keepManifest(manifest),
  }));
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
