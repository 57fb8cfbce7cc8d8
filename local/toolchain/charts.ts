import * as fs from "node:fs";
import * as path from "node:path";
import { eksPins } from "../../stacks/platforms/eks/pins";
import { CHART_NAMES, type ChartName, LANE_PARTS, DEFAULT_LANE, type VersionSet } from "../../stacks/versions";
import { ToolchainError } from "./errors";
import { copyTree } from "./files";

/** The folders that charts, CRDs and other files are taken from. */
export interface Sources {
  /** Folder of the Istio module. */
  readonly istio: string;
  /** Folder of the Inference Extension's module. */
  readonly inferenceExtension: string;
  /** Folder of the Gateway API's module. */
  readonly gatewayApi: string;
  /** Folder of Node Feature Discovery's module. */
  readonly nodeFeatureDiscovery: string;
  /** Folder of KWOK's module. */
  readonly kwok: string;
  /** Folder of the Prometheus Operator's module. */
  readonly prometheusOperator: string;
  /** Folder of KEDA's module. */
  readonly keda: string;
  /** Folder of the charts that no module carries (`local/charts`). */
  readonly localCharts: string;
}

/** What only EKS installs. An embedded environment cannot have it. */
const NOT_EMBEDDED = eksPins(LANE_PARTS[DEFAULT_LANE]);

/** The names of charts or CRDs that an embedded environment may install. */
export type Embedded<N extends string> = Exclude<
  N,
  keyof (typeof NOT_EMBEDDED)["charts"] | keyof (typeof NOT_EMBEDDED)["crds"]
>;

/** Whether an embedded environment may install a chart or a bundle of CRDs. */
export function isEmbedded<N extends string>(name: N): name is Extract<Embedded<N>, N> {
  return !(name in NOT_EMBEDDED.charts) && !(name in NOT_EMBEDDED.crds);
}

/** Where each chart lies in its source. */
function chartFolder(chart: Embedded<ChartName>, sources: Sources): string {
  switch (chart) {
    case "base":
      return path.join(sources.istio, "manifests", "charts", "base");
    case "istiod":
      return path.join(sources.istio, "manifests", "charts", "istio-control", "istio-discovery");
    case "inferencepool":
      return path.join(sources.inferenceExtension, "config", "charts", "inferencepool");
    case "llm-d-modelservice":
    case "kube-prometheus-stack":
    case "gpu-operator":
    case "keda":
      return path.join(sources.localCharts, chart);
  }
}

/**
 * Copies every chart of a set of versions that the embedded environment installs into a folder of its name, as `charts.mirror` wants it. The charts in a
 * module's source tree have placeholders where a release has its version; they are filled in as the release does it.
 */
export function stageCharts(mirror: string, sources: Sources, versions: VersionSet): void {
  for (const chart of CHART_NAMES.filter(isEmbedded)) {
    const pin = versions.charts[chart];
    const source = chartFolder(chart, sources);
    const target = path.join(mirror, pin.name);
    copyTree(source, target);
    editFile(path.join(target, "Chart.yaml"), (text) => stampChart(text, pin.version));
    if (chart === "istiod") editFile(path.join(target, "values.yaml"), (text) => stampIstioImages(text, versions));
  }
}

/** Sets the version and appVersion of a Chart.yaml. */
export function stampChart(text: string, version: string): string {
  // Helm takes any `version` that is a semantic version, with or without the leading v.
  const withVersion = replaceOnce(text, /^version:.*$/m, `version: ${version}`);
  return /^appVersion:/m.test(withVersion)
    ? replaceOnce(withVersion, /^appVersion:.*$/m, `appVersion: ${JSON.stringify(version)}`)
    : withVersion;
}

/** Istio's source names the images of its test registry; its release build names the released ones. */
export function stampIstioImages(text: string, versions: VersionSet): string {
  const { hub, tag } = versions.images.pilot;
  const withHub = replaceOnce(text, /^( +)hub: gcr\.io\/istio-testing$/m, `$1hub: ${hub}`);
  return replaceOnce(withHub, /^( +)tag: latest$/m, `$1tag: ${tag}`);
}

/** A source that has changed its shape must not go unnoticed: the pattern has to be there exactly once. */
function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  const found = text.match(new RegExp(pattern.source, `${pattern.flags}g`))?.length ?? 0;
  if (found !== 1) throw new ToolchainError(`staging the charts failed: ${pattern} occurs ${found} times, not once`);
  return text.replace(pattern, replacement);
}

function editFile(file: string, edit: (text: string) => string): void {
  fs.writeFileSync(file, edit(fs.readFileSync(file, "utf8")));
}
