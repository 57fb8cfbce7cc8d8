import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { CRD_BUNDLE_NAMES, type CrdBundleName } from "../../stacks/versions";
import { type Embedded, isEmbedded, type Sources } from "./charts";
import { ToolchainError } from "./errors";

/** Where each bundle of custom resource definitions lies in its source: a folder of files, or one file of many. */
function bundleSource(bundle: Embedded<CrdBundleName>, sources: Sources): string {
  switch (bundle) {
    case "gateway-api":
      return path.join(sources.gatewayApi, "config", "crd", "standard");
    case "inference-extension":
      return path.join(sources.inferenceExtension, "config", "crd", "bases");
    case "istio-crds":
      return path.join(sources.istio, "manifests", "charts", "base", "files", "crd-all.gen.yaml");
    case "prometheus-operator-crds":
      return path.join(sources.prometheusOperator, "example", "prometheus-operator-crd");
    case "gpu-operator-crds":
      return path.join(sources.localCharts, "gpu-operator", "crds", "nvidia.com_clusterpolicies.yaml");
    case "nvidia-driver-crds":
      return path.join(sources.localCharts, "gpu-operator", "crds", "nvidia.com_nvidiadrivers.yaml");
    case "keda-crds":
      return path.join(sources.keda, "config", "crd", "bases");
    case "node-feature-discovery-crds":
      return path.join(sources.nodeFeatureDiscovery, "deployment", "base", "nfd-crds", "nfd-api-crds.yaml");
  }
}

/** Writes every bundle into a folder of its name, one file for each definition, as `charts.mirror` wants it. */
export function stageCrds(mirror: string, sources: Sources): void {
  for (const bundle of CRD_BUNDLE_NAMES.filter(isEmbedded)) {
    const source = bundleSource(bundle, sources);
    const files = fs.statSync(source).isDirectory()
      ? fs
          .readdirSync(source)
          .filter((file) => file.endsWith(".yaml"))
          .sort()
          .map((file) => path.join(source, file))
      : [source];
    const definitions = files.flatMap((file) => splitDocuments(fs.readFileSync(file, "utf8")));
    fs.mkdirSync(path.join(mirror, bundle), { recursive: true });
    for (const definition of definitions) {
      const file = path.join(mirror, bundle, `${definitionName(definition)}.yaml`);
      const text = bundle === "prometheus-operator-crds" ? withoutDescriptions(definition) : dropKeepPolicy(definition);
      fs.writeFileSync(file, text, { flag: "wx" });
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
 * The Prometheus Operator's definitions without their fields' descriptions, as its releases have them in
 * `stripped-down-crds.yaml`: a quarter of the size, and the engine writes all of a stack's state at each step.
 */
export function withoutDescriptions(definition: string): string {
  return `${JSON.stringify(parse(definition), (key, value: unknown) =>
    key === "description" && typeof value === "string" ? undefined : value,
  )}\n`;
}

/**
 * Istio marks its definitions so that Helm keeps them when the chart goes. Here they are resources of the stack, and
 * `destroy` removes them, so that the mark would only mislead.
 */
export function dropKeepPolicy(definition: string): string {
  const mark = / {4}"?helm\.sh\/resource-policy"?: "?keep"?\n/;
  // The mapping goes with its only entry: an empty `annotations:` would be null.
  return definition.replace(new RegExp(`^ {2}annotations:\\n${mark.source}(?! {4})`, "m"), "").replace(mark, "");
}
