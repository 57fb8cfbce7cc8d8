import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROJECT_ROOT } from "../../../local/state";
import { formatted, PAGE, pageOf, readmeWith, tableOf } from "../../../benchmarks/report";
import { emptyResults, readResults, resultsSchema, type RoutingRow, writeResults } from "../../../benchmarks/results";
import { figuresOf, type Round } from "../../../benchmarks/routing/drive";
import { workloads } from "../../../benchmarks/routing/workloads";
import { openers, requestsOf } from "../../../validation/workload";

const ROW: RoutingRow = {
  workload: "system prompts",
  split: "tune",
  replicas: 3,
  cache: "ample",
  policy: "ours",
  requests: 100,
  errors: 0,
  hitRate: 0.912345,
  oracleHitRate: 0.92,
  shareOfOracle: 0.99,
  ttftP50Ms: 220,
  ttftP95Ms: 300,
  throughput: 20,
  imbalance: 1.1,
  cpu: 0.5,
};

describe("the result file of the benchmarks", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-results-"));
  const file = path.join(folder, "results.json");
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("rounds figures to four digits", () => {
    writeResults(file, { ...emptyResults(), routing: [ROW] });
    assert.equal(readResults(file).routing[0]?.hitRate, 0.9123);
  });

  it("is refused with a NaN figure or a missing figure", () => {
    assert.throws(() => writeResults(file, { ...emptyResults(), routing: [{ ...ROW, hitRate: NaN }] }));
    const { ttftP95Ms: _, ...less } = ROW;
    assert.equal(resultsSchema.safeParse({ ...emptyResults(), routing: [less] }).success, false);
  });

  it("is committed in its current shape, with rows for every measured part", () => {
    const committed = readResults(path.join(PROJECT_ROOT, "docs", "bench", "results.json"));
    for (const part of Object.keys(committed.origins)) {
      assert.ok((committed[part as "routing"] as readonly unknown[]).length > 0, part);
    }
  });

  it("matches the committed page and the README", async () => {
    const results = path.join(PROJECT_ROOT, "docs", "bench", "results.json");
    if (!fs.existsSync(results)) return;
    const committed = readResults(results);
    if (committed.routing.length > 0) {
      const readme = path.join(PROJECT_ROOT, "README.md");
      const text = fs.readFileSync(readme, "utf8");
      assert.equal(await formatted(readmeWith(text, committed), readme), text);
    }
    assert.equal(await formatted(pageOf(committed), PAGE), fs.readFileSync(PAGE, "utf8"));
  });

  it("is printed with ratios to round robin", () => {
    const table = tableOf({
      ...emptyResults(),
      routing: [ROW, { ...ROW, policy: "round robin by Envoy", ttftP95Ms: 600 }],
    });
    assert.match(table, /system prompts, ours .*0\.50×/);
  });
});

describe("the figures of a policy's rounds", () => {
  const completion = (ttftMs: number, cachedTokens: number) => ({
    sentAt: 0,
    ttftMs,
    gapsMs: [],
    totalMs: ttftMs,
    status: 200,
    text: "x",
    usage: { promptTokens: 100, completionTokens: 1, cachedTokens },
  });
  const request = { id: "0", group: 0, session: 0, turn: 0, prompt: "p", maxTokens: 1 };
  const round: Round = {
    samples: [completion(900, 0), completion(200, 90), { ...completion(1, 0), error: "HTTP 500" }].map((one) => ({
      request,
      completion: one,
    })),
    seconds: 2,
    cpu: 0.5,
    served: [2, 0],
  };

  it("count hits by tokens, separate cold from warm requests, and leave out errors", () => {
    const figures = figuresOf([round]);
    assert.equal(figures.errors, 1);
    assert.equal(figures.hitRate, 0.45);
    assert.deepEqual([figures.ttftColdP50Ms, figures.ttftWarmP50Ms], [900, 200]);
    assert.deepEqual([figures.throughput, figures.imbalance], [1, 2]);
  });

  it("are refused if no request was answered", () => {
    const failed = round.samples.slice(2);
    assert.throws(() => figuresOf([{ ...round, samples: failed }]), /no request was answered; the first: HTTP 500/);
  });
});

describe("the workloads of the routing benchmark", () => {
  it("share no text between seeds, and have a number of groups that no number of replicas divides", () => {
    for (const workload of workloads(true)) {
      const [one, other] = [workload.trace("one"), workload.trace("other")];
      assert.notEqual(requestsOf(one)[0]?.prompt.slice(0, 8), requestsOf(other)[0]?.prompt.slice(0, 8), workload.name);
      if (workload.name === "control") continue;
      const groups = new Set(requestsOf(one).map(({ group }) => group)).size;
      for (const replicas of [3, 8]) assert.notEqual(groups % replicas, 0, workload.name);
    }
  });

  it("open groups in fewer than 5 % of the reported requests, so that p95 leaves them out", () => {
    for (const workload of workloads(false)) {
      if (workload.split === "tune" || workload.name === "control") continue;
      const trace = workload.trace("one");
      assert.ok(openers(trace).length < 0.05 * requestsOf(trace).length, workload.name);
    }
  });
});
