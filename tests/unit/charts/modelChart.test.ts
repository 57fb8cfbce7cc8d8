import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { modelValues } from "../../../components/serving/modelValues";
import type { ChartValues } from "../../../components/charts/values";
import { LANES } from "../../../stacks/versions";
import { at, model } from "../../support/components";
import { skip } from "../../support/skip";
import { hasPath, leaves, readYaml, REFERENCE_CHARTS, refusals, LOCAL_MODEL_CHART } from "../../support/charts";

const VERSION = LANES["istio-1.27"].charts["llm-d-modelservice"].version;
const REFERENCE = path.join(REFERENCE_CHARTS, `llm-d-modelservice-${VERSION}`);

/** The values for each kind of model that sets other keys. */
const CASES: Record<string, ChartValues> = Object.fromEntries(
  Object.entries({
    "a model from Hugging Face": model(),
    "a model on several GPUs": model({ tensorParallel: 8, maxModelLen: 8192 }),
    "a model on a claim": model({ uri: "pvc://claim/models/llama" }),
    "a model downloaded to a claim": model({ uri: "pvc+hf://claim/hub/org/repo" }),
  }).map(([name, settings]) => [
    name,
    modelValues({
      model: settings,
      image: "registry.example.com/vllm:v0.10.0",
      podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" },
      authSecretName: "llm-d-hf-token",
      serviceAccountName: "llm-d-model-server",
    }),
  ]),
);

/** Values that the templates of v0.4.12 read, but that are missing or only in a comment in its values.yaml. */
const NOT_IN_VALUES = ["decode.strategy", "decode.tolerations", "decode.terminationGracePeriodSeconds"];
const NOT_IN_CONTAINER = ["extraConfig", "livenessProbe", "readinessProbe", "startupProbe"];

describe("values for the real llm-d-modelservice chart", () => {
  before(function () {
    if (!fs.existsSync(REFERENCE)) skip(this, `there is no copy of the chart's values (${path.basename(REFERENCE)})`);
  });

  for (const [name, values] of Object.entries(CASES)) {
    it(`set only keys that the chart knows, for ${name}`, () => {
      const known = readYaml(REFERENCE, "values.yaml");
      const unknown = leaves(values)
        .filter((keys) => !hasPath(known, keys) && !(hasPath(known, keys.slice(0, 2)) && keys[1] === "labels"))
        .map((keys) => keys.join("."))
        .filter((keys) => !NOT_IN_VALUES.some((allowed) => keys === allowed || keys.startsWith(`${allowed}.`)));
      assert.deepEqual(unknown, []);

      const container = at(known, "decode", "containers", 0) as object;
      const unknownInContainer = Object.keys(at(values, "decode", "containers", 0) as object).filter(
        (key) => !(key in container) && !NOT_IN_CONTAINER.includes(key),
      );
      assert.deepEqual(unknownInContainer, []);
    });

    it(`are valid in the chart's schema, for ${name}`, () => {
      assert.deepEqual(refusals(REFERENCE, values), []);
    });
  }
});

describe("the local replacement of the llm-d-modelservice chart", () => {
  it("has the version of the version table, and is marked as a replacement", () => {
    const chart = readYaml(LOCAL_MODEL_CHART, "Chart.yaml") as Record<string, unknown>;
    assert.equal(chart["name"], "llm-d-modelservice");
    assert.equal(chart["version"], VERSION);
    assert.match(String(chart["description"]), /Stand-in/);
    assert.equal(at(chart, "annotations", "llm-d.ai/stand-in"), "true");
  });

  for (const [name, values] of Object.entries(CASES)) {
    it(`accepts the values of ${name}`, () => {
      assert.deepEqual(refusals(LOCAL_MODEL_CHART, values), []);
    });
  }

  it("accepts its own defaults", () => {
    assert.deepEqual(refusals(LOCAL_MODEL_CHART, readYaml(LOCAL_MODEL_CHART, "values.yaml")), []);
  });

  const REFUSED: [string, ChartValues, RegExp][] = [
    ["an unknown key at the top level", { schedulerName: "x" }, /schedulerName/],
    ["an unknown key of decode", { decode: { hostIPC: true } }, /hostIPC/],
    ["prefill pods", { prefill: { create: true } }, /prefill.create/],
    ["the routing proxy", { routing: { proxy: { enabled: true } } }, /routing.proxy.enabled/],
    ["data parallelism", { decode: { parallelism: { data: 2 } } }, /decode.parallelism.data/],
    ["an artifact that it cannot mount", { modelArtifacts: { name: "a", uri: "oci://a", labels: { a: "b" } } }, /uri/],
  ];
  for (const [name, values, message] of REFUSED) {
    it(`refuses ${name}`, () => assert.match(refusals(LOCAL_MODEL_CHART, values).join("\n"), message));
  }
});
