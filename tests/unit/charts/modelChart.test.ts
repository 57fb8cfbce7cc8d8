import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { modelValues } from "../../../components/serving/modelValues";
import type { ChartValues } from "../../../components/charts/values";
import { LANES } from "../../../stacks/versions";
import { at, model } from "../../support/components";
import { skip } from "../../support/skip";
import { hasPath, leaves, readYaml, REFERENCE_CHARTS, refusals, STAND_IN } from "../../support/charts";

const VERSION = LANES["istio-1.27"].charts["llm-d-modelservice"].version;
const REFERENCE = path.join(REFERENCE_CHARTS, `llm-d-modelservice-${VERSION}`);

/** The values of each kind of model that differs in what it sets. */
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

/** Reads by the chart's templates, v0.4.12, that its values.yaml only mentions in a comment or not at all. */
const NOT_IN_VALUES = ["decode.strategy", "decode.tolerations", "decode.terminationGracePeriodSeconds"];
const NOT_IN_CONTAINER = ["extraConfig", "livenessProbe", "readinessProbe", "startupProbe"];

describe("values against the llm-d-modelservice chart", () => {
  before(function () {
    if (!fs.existsSync(REFERENCE)) skip(this, `there is no copy of the chart's values (${path.basename(REFERENCE)})`);
  });

  for (const [name, values] of Object.entries(CASES)) {
    it(`sets nothing that it does not know, for ${name}`, () => {
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

    it(`fits its schema, for ${name}`, () => {
      assert.deepEqual(refusals(REFERENCE, values), []);
    });
  }
});

describe("the stand-in for the llm-d-modelservice chart", () => {
  it("is of the version that the program asks for, and says what it is", () => {
    const chart = readYaml(STAND_IN, "Chart.yaml") as Record<string, unknown>;
    assert.equal(chart["name"], "llm-d-modelservice");
    assert.equal(chart["version"], VERSION);
    assert.match(String(chart["description"]), /Stand-in/);
    assert.equal(at(chart, "annotations", "llm-d.ai/stand-in"), "true");
  });

  for (const [name, values] of Object.entries(CASES)) {
    it(`takes the values of ${name}`, () => {
      assert.deepEqual(refusals(STAND_IN, values), []);
    });
  }

  it("takes its own defaults, but for the container that only the program knows", () => {
    assert.deepEqual(refusals(STAND_IN, readYaml(STAND_IN, "values.yaml")), []);
  });

  const REFUSED: [string, ChartValues, RegExp][] = [
    ["a key of the top", { schedulerName: "x" }, /schedulerName/],
    ["a key of decode", { decode: { hostIPC: true } }, /hostIPC/],
    ["prefill pods", { prefill: { create: true } }, /prefill.create/],
    ["the routing proxy", { routing: { proxy: { enabled: true } } }, /routing.proxy.enabled/],
    ["data parallelism", { decode: { parallelism: { data: 2 } } }, /decode.parallelism.data/],
    ["an artifact it does not mount", { modelArtifacts: { name: "a", uri: "oci://a", labels: { a: "b" } } }, /uri/],
  ];
  for (const [name, values, message] of REFUSED) {
    it(`refuses ${name}`, () => assert.match(refusals(STAND_IN, values).join("\n"), message));
  }
});
