import * as assert from "node:assert/strict";
import { METRICS } from "../../../monitoring";
import { readSample, SAMPLES, VLLM_SAMPLES, vllmSample } from "../../support/monitoring/samples";

describe("the samples of metrics that the embedded environment does not export", () => {
  it("contain every metric that the table verifies by a sample, with the same kind", () => {
    const wrong = Object.entries(METRICS).flatMap(([name, { known, job, kind }]) => {
      if (known !== "sample") return [];
      const samples = (SAMPLES[job] ?? []).map(readSample);
      // The simulator's own names are verified live. A name that no version of vLLM has is in no sample.
      const kinds = samples.map((sample) => sample.kinds.get(name)).filter((found) => found !== undefined);
      const series = kind === "histogram" ? `${name}_bucket` : name;
      const there = samples.some(({ lines }) => lines.some((line) => line.name === series));
      return there && kinds.length > 0 && kinds.every((found) => found === kind) ? [] : [`${name}: ${kinds.join()}`];
    });
    assert.deepEqual(wrong, []);
  });

  it("have the same kind as the table for every metric in both", () => {
    for (const file of Object.values(SAMPLES).flat()) {
      for (const [name, kind] of readSample(file).kinds) {
        if (METRICS[name] !== undefined) assert.equal(METRICS[name].kind, kind, `${file}: ${name}`);
      }
    }
  });

  it("have in each version of vLLM the names of that version only", () => {
    const names = VLLM_SAMPLES.map((version) => new Set(vllmSample(version).lines.map(({ name }) => name)));
    const has = (name: string): boolean[] => names.map((all) => all.has(name));
    assert.deepEqual(has("vllm:gpu_cache_usage_perc"), [true, true, false]);
    assert.deepEqual(has("vllm:prefix_cache_hits_total"), [false, true, true]);
    assert.deepEqual(has("vllm:inter_token_latency_seconds_bucket"), [false, false, true]);
    assert.deepEqual(has("vllm:num_preemptions_total"), [true, true, true]);
  });
});
