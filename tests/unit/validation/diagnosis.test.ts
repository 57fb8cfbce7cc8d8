import * as assert from "node:assert/strict";
import { diagnose, type Evidence } from "../../../validation/diagnosis";
import { type EnvironmentState, pickerConfigOf } from "../../../validation/environment/inspect";
import { failuresOf, gainOf, mismatches } from "../../../validation/judge";
import { ProgressPrinter, renderShort, renderTerminal, resultValues } from "../../../validation/report/terminal";
import { renderPage } from "../../../validation/report/page";
import type { ArmResult, ValidationResult } from "../../../validation/result";

const ACCEPTED = ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True" }));
const CACHE = { blockSize: 16, blocks: 10_000 };
const replica = (name: string) => ({ name, address: "10.0.0.1", port: 8000, ready: true, cache: CACHE });

/** The default environment, with nothing wrong. */
const STATE: EnvironmentState = {
  route: { name: "llm-d-inference-route", conditions: ACCEPTED },
  pool: {
    ...{ name: "llm-d-gaie", api: "inference.networking.x-k8s.io/v1alpha2", selector: {}, port: 8000 },
    ...{ picker: "llm-d-gaie-epp", failureMode: "FailClose", conditions: ACCEPTED },
  },
  picker: { pods: 1, ready: 1, config: { prefixWeight: 3, blockCharacters: 64, autoTune: true } },
  replicas: [replica("a"), replica("b"), replica("c")],
};

const times = (value: number) => ({ count: 10, mean: value, p50: value, p95: value, max: value });

function arm(hits: number, more: Partial<ArmResult> = {}): ArmResult {
  return {
    ...{ requests: 144, errors: {}, errorShare: 0, hitRate: hits / 1000, hits, queries: 1000 },
    usage: {
      promptTokens: 1000,
      completionTokens: 100,
      cachedTokens: hits,
      hitRate: hits / 1000,
      requestsFromCache: 9,
    },
    ...{ ttftCold: times(2000), ttftWarm: times(100), ttftImprovement: 0.95, interTokenLatency: times(5) },
    ...{ requestsPerSecond: 8, outputTokensPerSecond: 130, imbalance: 1.2 },
    replicas: ["a", "b", "c"].map((name) => ({ name, requests: 48, queries: 333, hits: 300 })),
    ...more,
  };
}

const EVIDENCE: Evidence = { state: STATE, gateway: arm(800), control: arm(800), workingSetTokens: 20_000 };
const causes = (evidence: Partial<Evidence>): string[] =>
  diagnose({ ...EVIDENCE, ...evidence }).map(({ cause }) => cause);
const withState = (more: Partial<EnvironmentState>): Partial<Evidence> => ({ state: { ...STATE, ...more } });
const pool = STATE.pool;
assert.ok(pool !== undefined);

describe("the diagnosis of a validation", () => {
  it("is unexplained, with figures, if no known cause applies", () => {
    const [only] = diagnose(EVIDENCE);
    assert.equal(only?.cause, "unexplained");
    assert.match(only?.seen ?? "", /3 replicas look right.*80\.0 %.*80\.0 %/);
  });

  const cases: [string, string, Partial<Evidence>][] = [
    ["pool-not-accepted", "no route", withState({ route: undefined })],
    ["pool-not-accepted", "no pool", withState({ pool: undefined, replicas: [replica("a"), replica("b")] })],
    ["pool-not-accepted", "a pool without conditions", withState({ pool: { ...pool, conditions: [] } })],
    [
      "pool-not-accepted",
      "a route whose references are not resolved",
      withState({
        route: { name: "r", conditions: [{ type: "ResolvedRefs", status: "False", reason: "InvalidKind" }] },
      }),
    ],
    ["no-ready-replica", "a replica that is not ready", withState({ replicas: [{ ...replica("a"), ready: false }] })],
    [
      "one-replica",
      "one ready replica of two",
      withState({ replicas: [replica("a"), { ...replica("b"), ready: false }] }),
    ],
    [
      "prefix-caching-off",
      "replicas whose arguments switch it off",
      withState({ replicas: STATE.replicas.map((one) => ({ ...one, prefixCachingArgument: false })) }),
    ],
    ["prefix-caching-off", "no hit on either path", { gateway: arm(0), control: arm(0) }],
    [
      "picker-failing-open",
      "no ready endpoint picker and a FailOpen pool",
      withState({ pool: { ...pool, failureMode: "FailOpen" }, picker: { pods: 1, ready: 0 } }),
    ],
    [
      "picker-failing-open",
      "few scheduled requests and a FailOpen pool",
      { ...withState({ pool: { ...pool, failureMode: "FailOpen" } }), scheduled: 3 },
    ],
    ["picker-not-ready", "no ready endpoint picker", withState({ picker: { pods: 1, ready: 0 } })],
    [
      "prefix-scorer-off",
      "a prefix weight of 0",
      withState({ picker: { ...STATE.picker, config: { prefixWeight: 0, autoTune: true } } }),
    ],
    [
      "block-sizes-differ",
      "an endpoint picker with larger blocks than vLLM",
      withState({ picker: { ...STATE.picker, config: { prefixWeight: 3, blockCharacters: 512, autoTune: false } } }),
    ],
    [
      "block-sizes-differ",
      "replicas with different blocks",
      withState({ replicas: [replica("a"), { ...replica("b"), cache: { ...CACHE, blockSize: 32 } }] }),
    ],
    ["cache-too-small", "more distinct tokens than all caches hold", { workingSetTokens: 500_000 }],
  ];
  for (const [cause, seen, evidence] of cases) {
    it(`is ${cause} for ${seen}`, () => assert.deepEqual(causes(evidence), [cause]));
  }

  it("accepts a different block size in the configuration if autoTune replaces it", () => {
    const config = { prefixWeight: 3, blockCharacters: 512, autoTune: true };
    assert.deepEqual(causes(withState({ picker: { ...STATE.picker, config } })), ["unexplained"]);
  });

  it("reads the endpoint picker's configuration", () => {
    const text = (profile: string): string =>
      `plugins: [{type: prefix-cache-scorer, parameters: {blockSize: 64, autoTune: false}}, {type: queue-scorer}]\n` +
      `schedulingProfiles: [{name: default, plugins: [${profile}]}]`;
    const scored = pickerConfigOf(text("{pluginRef: prefix-cache-scorer, weight: 3}"));
    assert.deepEqual(scored, { prefixWeight: 3, blockCharacters: 64, autoTune: false });
    assert.equal(pickerConfigOf(text("{pluginRef: queue-scorer, weight: 2}")).prefixWeight, 0);
    assert.equal(pickerConfigOf("plugins: []").prefixWeight, 0);
  });
});

const THRESHOLDS = { minHitRate: 0.9, minTtftImprovement: 0.7, minGain: 0.03, maxErrorShare: 0.01 };

describe("the verdict of a validation", () => {
  it("is passed if all thresholds are reached", () => assert.deepEqual(failuresOf(THRESHOLDS, arm(940), arm(840)), []));

  it("names every threshold that was not reached or not measured", () => {
    const bad = arm(800, { errorShare: 0.1, errors: { "HTTP 503": 14 }, ttftImprovement: 0.5 });
    assert.equal(failuresOf(THRESHOLDS, bad, arm(800)).length, 4);
    const { hitRate: _, ...unknown } = arm(0);
    assert.match(failuresOf(THRESHOLDS, unknown, undefined).join("\n"), /hit rate is unknown[^]*gain[^]*unknown/);
    assert.equal(gainOf(unknown, arm(1)), undefined);
  });

  it("notes counters and usage that differ by more than the tolerance", () => {
    assert.deepEqual(mismatches(arm(900), "Gateway"), []);
    const other = arm(900, { queries: 1100, hits: 990 });
    assert.equal(mismatches(other, "Gateway").length, 2);
  });
});

describe("the report of a validation", () => {
  const failures = failuresOf(THRESHOLDS, arm(800), arm(800));
  const result: ValidationResult = {
    ...{ startedAt: "2026-01-02T03:04:05.000Z", seconds: 90, verdict: "failed", thresholds: THRESHOLDS },
    ...{ rounds: 3, concurrency: 6 },
    workload: { groups: 6, sessionsPerGroup: 3, turns: 8, prefixTokens: 2000, turnTokens: 50, outputTokens: 16 },
    models: [
      {
        model: { name: "org/<model>", gatewayUrl: "http://g", pathPrefix: "" },
        ...{ verdict: "failed", failures, diagnoses: diagnose(EVIDENCE), notes: ["a note"], gain: 0 },
        ...{ gateway: arm(800), control: arm(800), controlPath: "pods", pathMs: { gateway: 3, control: 1 } },
        timeline: [1, 2, 3].map((seconds) => ({ seconds, arm: "gateway", round: 1, hitRate: 0.3 * seconds })),
      },
    ],
  };

  it("prints all figures, the failures and their causes to the terminal", () => {
    const text = renderTerminal(result);
    for (const part of ["80.0 %", "2000 ms / 2000 ms", "100 ms / 100 ms", "0 of 144", "Note: a note"]) {
      assert.ok(text.includes(part), part);
    }
    assert.match(text, /FAILED: The hit rate is 80\.0 %, at least 90\.0 % is required[^]*Diagnosis \(unexplained\)/);
  });

  it("fits into a pod's termination message", () => {
    assert.match(renderShort(result), /^org\/<model>: failed, hit rate 80\.0 %[^]*unexplained/);
    assert.ok(
      renderShort({ ...result, models: Array.from({ length: 50 }, () => result.models).flat() }).length <= 4096,
    );
  });

  it("is a page with three charts that loads nothing, even for a result read from JSON", () => {
    const page = renderPage(JSON.parse(JSON.stringify(result)) as ValidationResult);
    assert.equal(page.match(/<svg /g)?.length, 3);
    assert.ok(page.includes("org/&#60;model&#62;") && !page.includes("<script") && !/ (src|href)="/.test(page));
  });

  it("has the results of the Tekton Task", () => {
    assert.deepEqual(resultValues(result), { "hit-rate": "0.8000", "ttft-improvement": "0.9500", verdict: "failed" });
  });

  it("shows progress in one line on a terminal, and in a few lines elsewhere", () => {
    const progress = { model: "m", arm: "gateway", round: 1, rounds: 2, requests: 3, errors: 0 } as const;
    for (const [isTTY, lines] of [[true, 0] as const, [false, 2] as const]) {
      let text = "";
      const write = (part: string | Uint8Array): boolean => ((text += String(part)), true);
      const printer = new ProgressPrinter({ isTTY, columns: 80, write }, () => 0);
      for (const done of [1, 2, 3]) printer.take({ ...progress, done });
      printer.take({ ...progress, round: 2, done: 0 });
      assert.equal(text.split("\n").length - 1, lines);
    }
  });
});
