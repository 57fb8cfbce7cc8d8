import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { eksPins } from "../../stacks/platforms/eks/pins";
import type { ChartName, CrdBundleName, VersionSet } from "../../stacks/versions";
import { ToolchainError } from "./errors";
import { copyTree } from "./files";

/** The Go modules that charts, CRDs and files are taken from, each with the folder of `modules/` that pins it. */
export const SOURCE_MODULES = {
  istio: ["istio.io/istio", "cluster"],
  gatewayApi: ["sigs.k8s.io/gateway-api", "cluster"],
  kwok: ["sigs.k8s.io/kwok", "cluster"],
  inferenceExtension: ["sigs.k8s.io/gateway-api-inference-extension", "serving"],
  prometheusOperator: ["github.com/prometheus-operator/prometheus-operator", "monitoring"],
  nodeFeatureDiscovery: ["sigs.k8s.io/node-feature-discovery", "manifests"],
  keda: ["github.com/kedacore/keda/v2", "autoscaling"],
} as const;

type Source = keyof typeof SOURCE_MODULES | "localCharts";

/** The folder of each source: of a module, or of the charts that no module carries (`local/charts`). */
export type Sources = Readonly<Record<Source, string>>;

/** A folder or file of a source. */
type Place = readonly [source: Source, path: string];

type EksPins = ReturnType<typeof eksPins>;

/** The names of charts or CRD bundles that an embedded environment may install: all but those of EKS alone. */
type Embedded<N extends string> = Exclude<N, keyof EksPins["charts"] | keyof EksPins["crds"]>;

const CHARTS: Readonly<Record<Embedded<ChartName>, Place>> = {
  base: ["istio", "manifests/charts/base"],
  istiod: ["istio", "manifests/charts/istio-control/istio-discovery"],
  inferencepool: ["inferenceExtension", "config/charts/inferencepool"],
  "llm-d-modelservice": ["localCharts", "llm-d-modelservice"],
  "kube-prometheus-stack": ["localCharts", "kube-prometheus-stack"],
  "gpu-operator": ["localCharts", "gpu-operator"],
  keda: ["localCharts", "keda"],
};

/** A bundle is a folder of files, or one file with many definitions. */
const CRD_BUNDLES: Readonly<Record<Embedded<CrdBundleName>, Place>> = {
  "gateway-api": ["gatewayApi", "config/crd/standard"],
  "inference-extension": ["inferenceExtension", "config/crd/bases"],
  "istio-crds": ["istio", "manifests/charts/base/files/crd-all.gen.yaml"],
  "prometheus-operator-crds": ["prometheusOperator", "example/prometheus-operator-crd"],
  "gpu-operator-crds": ["localCharts", "gpu-operator/crds/nvidia.com_clusterpolicies.yaml"],
  "nvidia-driver-crds": ["localCharts", "gpu-operator/crds/nvidia.com_nvidiadrivers.yaml"],
  "keda-crds": ["keda", "config/crd/bases"],
  "node-feature-discovery-crds": ["nodeFeatureDiscovery", "deployment/base/nfd-crds/nfd-api-crds.yaml"],
};

/** The data files that the programs read, by their path below `share/`. */
const SHARED_FILES: Readonly<Record<string, Place>> = {
  // The template of the bootstrap configuration that pilot-agent writes for Envoy.
  "istio/envoy_bootstrap.json": ["istio", "tools/packaging/common/envoy_bootstrap.json"],
  // How KWOK simulates nodes and pods.
  "kwok/stages/node-initialize.yaml": ["kwok", "kustomize/stage/node/fast/node-initialize.yaml"],
  "kwok/stages/node-heartbeat-with-lease.yaml": [
    "kwok",
    "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
  ],
  "kwok/stages/pod-ready.yaml": ["kwok", "kustomize/stage/pod/fast/pod-ready.yaml"],
  "kwok/stages/pod-complete.yaml": ["kwok", "kustomize/stage/pod/fast/pod-complete.yaml"],
  "kwok/stages/pod-delete.yaml": ["kwok", "kustomize/stage/pod/fast/pod-delete.yaml"],
};

function locate([source, place]: Place, sources: Sources): string {
  return path.join(sources[source], place);
}

/**
 * Copies each chart into a folder of its name, as `charts.mirror` expects it. A chart in a module's source tree has
 * placeholders where a release has its version. They are filled in as the release process does it.
 */
export function stageCharts(mirror: string, sources: Sources, versions: VersionSet): void {
  for (const [chart, place] of Object.entries(CHARTS) as [Embedded<ChartName>, Place][]) {
    const pin = versions.charts[chart];
    const target = path.join(mirror, pin.name);
    copyTree(locate(place, sources), target);
    editFile(path.join(target, "Chart.yaml"), (text) => stampChart(text, pin.version));
    if (chart === "istiod") editFile(path.join(target, "values.yaml"), (text) => stampIstioImages(text, versions));
  }
}

/** Sets the version and appVersion of a Chart.yaml. */
export function stampChart(text: string, version: string): string {
  const withVersion = replaceOnce(text, /^version:.*$/m, `version: ${version}`);
  return /^appVersion:/m.test(withVersion)
    ? replaceOnce(withVersion, /^appVersion:.*$/m, `appVersion: ${JSON.stringify(version)}`)
    : withVersion;
}

/** Istio's source names the images of its test registry. Its releases name the published ones. */
export function stampIstioImages(text: string, versions: VersionSet): string {
  const { hub, tag } = versions.images.pilot;
  const withHub = replaceOnce(text, /^( +)hub: gcr\.io\/istio-testing$/m, `$1hub: ${hub}`);
  return replaceOnce(withHub, /^( +)tag: latest$/m, `$1tag: ${tag}`);
}

/** @throws ToolchainError when the pattern does not occur exactly once: the source has changed its shape */
function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  const found = text.match(new RegExp(pattern.source, `${pattern.flags}g`))?.length ?? 0;
  if (found !== 1) throw new ToolchainError(`staging the charts failed: ${pattern} occurs ${found} times, not once`);
  return text.replace(pattern, replacement);
}

function editFile(file: string, edit: (text: string) => string): void {
  fs.writeFileSync(file, edit(fs.readFileSync(file, "utf8")));
}

/** Writes each bundle into a folder of its name, one file for each definition, as `charts.mirror` expects it. */
export function stageCrds(mirror: string, sources: Sources): void {
  for (const [bundle, place] of Object.entries(CRD_BUNDLES)) {
    const source = locate(place, sources);
    const files = fs.statSync(source).isDirectory()
      ? fs.readdirSync(source).map((file) => path.join(source, file))
      : [source];
    fs.mkdirSync(path.join(mirror, bundle), { recursive: true });
    for (const file of files.filter((name) => name.endsWith(".yaml"))) {
      for (const definition of splitDocuments(fs.readFileSync(file, "utf8"))) {
        const target = path.join(mirror, bundle, `${definitionName(definition)}.yaml`);
        const strip = bundle === "prometheus-operator-crds" ? withoutDescriptions : dropKeepPolicy;
        fs.writeFileSync(target, strip(definition), { flag: "wx" });
      }
    }
  }
}

/** The documents of a YAML file that hold a custom resource definition. */
export function splitDocuments(text: string): string[] {
  return text
    .split(/^---.*$/m)
    .map((document) => `${document.trim()}\n`)
    .filter((document) => /^kind: CustomResourceDefinition$/m.test(document));
}

/** The name in a definition's metadata. */
function definitionName(definition: string): string {
  const name = /^metadata:\n(?:(?: .*)?\n)*? {2}name: "?([a-z0-9.-]+)"?$/m.exec(definition)?.[1];
  if (name === undefined) throw new ToolchainError(`staging the CRDs failed: no name in\n${definition.slice(0, 300)}`);
  return name;
}

/**
 * The Prometheus Operator's definitions without the descriptions of their fields, as in its release file
 * `stripped-down-crds.yaml`. They are a quarter of the size, and the engine writes the whole state at each step.
 */
export function withoutDescriptions(definition: string): string {
  return `${JSON.stringify(parse(definition), (key, value: unknown) =>
    key === "description" && typeof value === "string" ? undefined : value,
  )}\n`;
}

/**
 * Istio marks its definitions so that Helm keeps them when the chart is uninstalled. Here they are resources of the
 * stack and `destroy` deletes them, so the mark would mislead.
 */
export function dropKeepPolicy(definition: string): string {
  const mark = / {4}"?helm\.sh\/resource-policy"?: "?keep"?\n/;
  // The mapping is removed with its only entry: an empty `annotations:` would be null.
  return definition.replace(new RegExp(`^ {2}annotations:\\n${mark.source}(?! {4})`, "m"), "").replace(mark, "");
}

/** Copies the data files into a folder. */
export function stageShare(share: string, sources: Sources): void {
  for (const [name, place] of Object.entries(SHARED_FILES)) {
    const target = path.join(share, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, fs.readFileSync(locate(place, sources)));
  }
}
