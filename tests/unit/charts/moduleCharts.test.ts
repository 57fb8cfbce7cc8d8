import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { baseValues, ISTIO_CRDS, istiodValues } from "../../../components/istio/istioValues";
import { endpointPickerValues } from "../../../components/endpointPicker/endpointPickerValues";
import type { ChartValues } from "../../../components/charts/values";
import { at, endpointPicker } from "../../support/components";
import { skip } from "../../support/skip";
import { goModule, hasPath, leaves, readYaml, templates } from "../../support/charts";

/** Paths that are neither in a chart's values.yaml nor read in a template. */
function unknownPaths(values: ChartValues, chart: string, known: unknown): string[] {
  const text = templates(chart);
  const read = (keys: string[]): boolean =>
    keys.some((_, index) => {
      const prefix = keys.slice(0, index + 1);
      const pattern = new RegExp(`\\.Values\\.${prefix.join("\\.")}(?![\\w.-])`);
      return index > 0 && !hasPath(known, prefix) && pattern.test(text);
    });
  return leaves(values)
    .filter((keys) => !hasPath(known, keys) && !read(keys))
    .map((keys) => keys.join("."));
}

describe("values for Istio's charts", () => {
  let charts: string;
  before(function () {
    this.timeout(60_000);
    const module = goModule("cluster", "istio.io/istio");
    if ("missing" in module) return skip(this, module.missing);
    charts = path.join(module.dir, "manifests", "charts");
  });

  /** Istio's charts have their defaults under a separate key. */
  const defaults = (chart: string): Record<string, unknown> =>
    at(readYaml(charts, chart, "values.yaml"), "_internal_defaults_do_not_set") as Record<string, unknown>;

  it("exclude exactly the CRDs that the base chart has", () => {
    const bundle = fs.readFileSync(path.join(charts, "base", "files", "crd-all.gen.yaml"), "utf8");
    const names = [...bundle.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name);
    assert.deepEqual([...ISTIO_CRDS].sort(), names.sort());
    assert.deepEqual(unknownPaths(baseValues(), path.join(charts, "base"), defaults("base")), []);
  });

  it("set only keys that the istiod chart knows", () => {
    const chart = path.join("istio-control", "istio-discovery");
    const values = istiodValues({
      pilot: { replicas: 2, resources: { cpu: "1", memory: "1Gi" } },
      images: { pilot: "example.com/pilot:1", proxyv2: "example.com/proxyv2:1" },
      values: {},
    });
    // The chart copies `pilot` to the top level (zzy_descope_legacy.yaml). `meshConfig` is Istio's MeshConfig.
    const { pilot, meshConfig, ...others } = values as Record<string, ChartValues>;
    assert.deepEqual(unknownPaths({ ...others, ...pilot }, path.join(charts, chart), defaults(chart)), []);
    assert.deepEqual(Object.keys(meshConfig ?? {}), ["discoverySelectors", "defaultConfig"]);
  });

  it("use a key of the mesh configuration that Istio knows", function () {
    const api = goModule("cluster", "istio.io/api");
    if ("missing" in api) return skip(this, api.missing);
    const proto = fs.readFileSync(path.join(api.dir, "mesh", "v1alpha1", "config.proto"), "utf8");
    assert.match(proto, / discovery_selectors = \d+;/);
  });
});

describe("values for the inferencepool chart", () => {
  let module: string;
  before(function () {
    this.timeout(60_000);
    const found = goModule("serving", "sigs.k8s.io/gateway-api-inference-extension");
    if ("missing" in found) return skip(this, found.missing);
    module = found.dir;
  });

  for (const api of ["inference.networking.x-k8s.io/v1alpha2", "inference.networking.k8s.io/v1"]) {
    it(`set only keys that the chart knows, for ${api}`, () => {
      const chart = path.join(module, "config", "charts", "inferencepool");
      const values = endpointPickerValues(endpointPicker({ inferencePoolApi: api }));
      assert.deepEqual(unknownPaths(values, chart, readYaml(chart, "values.yaml")), []);
    });
  }

  it("are not enough: the chart still has the Deployment strategy and container that the post-renderer changes", () => {
    const text = templates(path.join(module, "config", "charts", "inferencepool"));
    assert.match(text, /\n {4}type: Recreate\n/);
    assert.match(text, /\n {6}- name: epp\n/);
    assert.doesNotMatch(text, /preStop|\.Values\.\S*(strategy|lifecycle)/i);
  });

  it("are reported when a key is misspelt", () => {
    const chart = path.join(module, "config", "charts", "inferencepool");
    const values = { inferenceExtension: { replica: 1, flags: { v: 1 }, failureMod: "FailOpen" } };
    assert.deepEqual(unknownPaths(values, chart, readYaml(chart, "values.yaml")), [
      "inferenceExtension.replica",
      "inferenceExtension.failureMod",
    ]);
  });

  it("name only plugins that the endpoint picker registers, and parameters that they read", () => {
    const sources = fs
      .readdirSync(path.join(module, "pkg", "epp", "scheduling", "framework", "plugins"), {
        recursive: true,
        encoding: "utf8",
      })
      .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))
      .map((name) => fs.readFileSync(path.join(module, "pkg/epp/scheduling/framework/plugins", name), "utf8"))
      .join("\n");
    const custom = at(endpointPickerValues(endpointPicker()), "inferenceExtension", "pluginsCustomConfig") as object;
    const config = parse(String(Object.values(custom)[0])) as { plugins: { type: string; parameters?: object }[] };
    assert.ok(config.plugins.length >= 5);
    for (const { type, parameters } of config.plugins) {
      assert.ok(sources.includes(`= "${type}"`), type);
      for (const name of Object.keys(parameters ?? {})) assert.ok(sources.includes(`json:"${name}"`), name);
    }
  });

  it("assume the same number of characters for each token as the endpoint picker", () => {
    const plugin = path.join(module, "pkg/epp/scheduling/framework/plugins/multi/prefix/plugin.go");
    assert.match(fs.readFileSync(plugin, "utf8"), /averageCharactersPerToken = 4\n/);
  });
});
