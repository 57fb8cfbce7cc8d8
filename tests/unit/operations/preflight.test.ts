import * as assert from "node:assert/strict";
import { runChecks } from "../../../operations/preflight/check";
import { findInIndex } from "../../../operations/preflight/chartIndex";
import { imageCheck, IndexCache, chartCheck } from "../../../operations/preflight/artifacts";
import { modelCheck, tokenCheck } from "../../../operations/preflight/huggingFace";
import { parseChallenge, parseImage, parseOciChart } from "../../../operations/preflight/registry";
import { exitCode, formatReport, makeReport } from "../../../operations/preflight/report";
import { makeWeb, type Web } from "../../../operations/preflight/web";
import { withExplainedErrors } from "../../../stacks/platforms/eks/preflight";
import { CannotCheck, type Check, type Verdict } from "../../../stacks/platforms/operations";
import { fakeInternet, type FakeServer, FAKE_TOKEN, startFake } from "../../support/fakeWeb";

const HUB = "https://huggingface.co";
const PASSED: Verdict = { status: "passed", detail: "fine" };

function check(over: Partial<Check>): Check {
  return { id: "x", subject: "x", gather: () => Promise.resolve(undefined), judge: () => PASSED, ...over };
}

async function outcome(one: Check) {
  const [result] = await runChecks([one]);
  assert.ok(result);
  return result;
}

describe("running checks", () => {
  it("reports a check that cannot gather as unknown, not as passed", async () => {
    const result = await outcome(check({ gather: () => Promise.reject(new Error("connect ECONNREFUSED")) }));
    assert.equal(result.status, "unknown");
    assert.match(result.detail, /could not be checked: connect ECONNREFUSED/);
  });

  it("says which permission is missing at AWS", async () => {
    const denied = Object.assign(new Error("not authorized to perform: ec2:DescribeVpcs"), { name: "AccessDenied" });
    const result = await outcome(withExplainedErrors(check({ gather: () => Promise.reject(denied) })));
    assert.equal(result.status, "unknown");
    assert.match(`${result.detail} ${result.remedy}`, /ec2:DescribeVpcs.*docs\/preflight.md/);
  });

  it("reports why a check could not be made, and what would help", async () => {
    const result = await outcome(check({ gather: () => Promise.reject(new CannotCheck("no CLI", "Install it.")) }));
    assert.deepEqual([result.status, result.remedy], ["unknown", "Install it."]);
  });

  it("ends a check that hangs, and does not delay the others", async () => {
    let aborted = false;
    const hanging = check({
      timeoutMs: 50,
      gather: (signal) => new Promise(() => signal.addEventListener("abort", () => (aborted = true))),
    });
    const began = Date.now();
    const results = await runChecks([hanging, check({}), hanging]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["unknown", "passed", "unknown"],
    );
    assert.ok(aborted, "the request must be aborted too");
    assert.ok(Date.now() - began < 1_000, "in parallel, not one after the other");
  });

  it("hides a token in the messages of any check", async () => {
    const detail = `refused ${FAKE_TOKEN}`;
    const result = await outcome(check({ judge: () => ({ status: "failed", detail, remedy: detail }) }));
    assert.ok(!JSON.stringify(result).includes(FAKE_TOKEN));
  });
});

describe("the report", () => {
  for (const [counts, code] of [
    [{ passed: 3, warning: 0, failed: 0, unknown: 0 }, 0],
    [{ passed: 3, warning: 2, failed: 0, unknown: 0 }, 0],
    [{ passed: 3, warning: 0, failed: 1, unknown: 0 }, 1],
    [{ passed: 3, warning: 0, failed: 1, unknown: 1 }, 1],
    [{ passed: 3, warning: 0, failed: 0, unknown: 1 }, 3],
  ] as const) {
    it(`exits with ${code} for ${JSON.stringify(counts)}`, () => assert.equal(exitCode(counts), code));
  }

  it("is a table, followed by what to do", () => {
    const report = makeReport({ stack: "dev", platform: "eks", source: "pulumi config" }, [
      { id: "a", subject: "the one", status: "passed", detail: "fine" },
      { id: "b", subject: "the other one", status: "failed", detail: "bad", remedy: "do this\nthen that" },
    ]);
    assert.equal(
      formatReport(report),
      [
        "Preflight of dev (eks; settings from pulumi config)",
        "",
        "ok    the one        fine",
        "FAIL  the other one  bad",
        "",
        "What to do:",
        "FAIL the other one",
        "    do this",
        "    then that",
        "",
        "1 passed, 0 warnings, 1 failed, 0 could not be checked",
        "",
      ].join("\n"),
    );
  });
});

describe("references", () => {
  for (const [image, host, repository, reference] of [
    ["docker.io/vllm/vllm-openai:v0.10.0", "registry-1.docker.io", "vllm/vllm-openai", "v0.10.0"],
    ["vllm/vllm-openai", "registry-1.docker.io", "vllm/vllm-openai", "latest"],
    ["busybox:1", "registry-1.docker.io", "library/busybox", "1"],
    ["registry.k8s.io/a/epp:v1.3.1", "registry.k8s.io", "a/epp", "v1.3.1"],
    ["localhost:5000/a:b", "localhost:5000", "a", "b"],
    ["ghcr.io/a/b:v1@sha256:abc", "ghcr.io", "a/b", "sha256:abc"],
  ] as const) {
    it(`${image} is ${reference} of ${host}/${repository}`, () =>
      assert.deepEqual(parseImage(image), { host, repository, reference }));
  }

  it("reads the version of a chart in a registry as a tag", () => {
    assert.deepEqual(parseOciChart("oci://r.example/charts/x", "1.0.0+build"), {
      host: "r.example",
      repository: "charts/x",
      reference: "1.0.0_build",
    });
  });

  it("finds the address of anonymous tokens in the registry's challenge", () => {
    const header = 'Bearer realm="https://auth.example/t",service="s",scope="repository:a/b:pull"';
    assert.equal(parseChallenge(header, "x"), "https://auth.example/t?service=s&scope=repository%3Aa%2Fb%3Apull");
    assert.equal(parseChallenge('Basic realm="x"', "x"), undefined);
    assert.equal(parseChallenge("", "x"), undefined);
  });
});

describe("a chart repository's index", () => {
  const repository = "https://r.example/charts";
  const index = (indent: string): string =>
    [
      "apiVersion: v1",
      "entries:",
      "  other:",
      `${indent}- version: 1.0.0`,
      `${indent}  urls: [https://elsewhere.example/other-1.0.0.tgz]`,
      "  it:",
      `${indent}- description: |`,
      `${indent}    many lines`,
      `${indent}  version: v1.2.3`,
      `${indent}  urls:`,
      `${indent}  - it-v1.2.3.tgz`,
      `${indent}- version: 1.2.30`,
      `${indent}  urls: [it-1.2.30.tgz]`,
      "generated: now",
    ].join("\n");
  for (const [name, text] of [
    ["as Helm writes it", index("  ")],
    ["with deeper items", index("    ")],
    ["in JSON", JSON.stringify({ entries: { it: [{ version: "1.2.3", urls: ["it-v1.2.3.tgz"] }], other: [] } })],
  ] as const) {
    it(`${name}: finds the version, with a v or without`, () =>
      assert.equal(findInIndex(text, repository, "it", "1.2.3").url, `${repository}/it-v1.2.3.tgz`));
    it(`${name}: does not find other versions and charts`, () => {
      assert.deepEqual(findInIndex(text, repository, "it", "1.2"), { known: true });
      assert.deepEqual(findInIndex(text, repository, "unknown", "1.2.3"), { known: false });
    });
  }
});

describe("checks of Hugging Face, registries and chart repositories, against a fake server", () => {
  let server: FakeServer;
  let web: Web;
  const token = { state: "read", value: FAKE_TOKEN } as const;

  before(async () => {
    server = await startFake(fakeInternet({ gated: ["org/gated"], missing: ["org/gone", "/nowhere/", "ghost"] }));
    web = makeWeb(server.base);
  });
  after(() => server.stop());

  it("accept a valid token and name its account", async () => {
    const result = await outcome(tokenCheck(token, web, HUB));
    assert.deepEqual([result.status, result.detail], ["passed", "valid, of tester (read)"]);
  });

  it("refuse an invalid token", async () => {
    assert.equal((await outcome(tokenCheck({ state: "read", value: "hf_another" }, web, HUB))).status, "failed");
  });

  it("send no request without a token, or with one that cannot be read", async () => {
    const before = server.seen.length;
    assert.equal((await outcome(tokenCheck({ state: "missing" }, web, HUB))).status, "failed");
    const unreadable = await outcome(tokenCheck({ state: "unreadable", reason: "wrong passphrase" }, web, HUB));
    assert.equal(unreadable.status, "unknown");
    assert.match(unreadable.detail, /wrong passphrase/);
    assert.equal(server.seen.length, before);
  });

  for (const [model, status] of [
    ["org/granted", "passed"],
    ["org/gated", "failed"],
    ["org/gone", "failed"],
  ] as const) {
    it(`${model}: ${status}`, async () =>
      assert.equal((await outcome(modelCheck(model, token, web, HUB))).status, status));
  }

  it("find images by HEAD with an anonymous token, and never send Hugging Face's token there", async () => {
    const result = await outcome(imageCheck("vllm", "docker.io/vllm/vllm-openai:v0.10.0", web));
    assert.deepEqual([result.status, result.detail], ["passed", `there: sha256:${"0".repeat(64)}`]);
    const asked = server.seen.filter(({ url }) => !url.startsWith("/huggingface.co/"));
    assert.ok(asked.every(({ headers }) => !(headers.authorization ?? "").includes(FAKE_TOKEN)));
    assert.ok(asked.some(({ method, url }) => method === "HEAD" && url.startsWith("/registry-1.docker.io/v2/vllm/")));
    assert.equal((await outcome(imageCheck("x", "docker.io/nowhere/x:1", web))).status, "failed");
  });

  it("find charts in repositories and in registries", async () => {
    const indexes = new IndexCache(web);
    const repository = "https://charts.example";
    const versions = await Promise.all(
      [
        { chart: "base", version: "1.27.9", repository },
        { chart: "istiod", version: "1.27.9", repository },
        { chart: "base", version: "9.9.9", repository },
        { chart: "ghost", version: "1.0.0", repository },
        { chart: "oci://r.example/charts/inferencepool", version: "v1.3.1" },
        { chart: "oci://r.example/charts/ghost", version: "v1.3.1" },
      ].map((source) => outcome(chartCheck(source.chart, source, web, indexes))),
    );
    assert.deepEqual(
      versions.map(({ status }) => status),
      ["passed", "passed", "failed", "failed", "passed", "failed"],
    );
    const downloads = server.seen.filter(({ url }) => url === "/charts.example/index.yaml");
    assert.equal(downloads.length, 1, "one index for all charts of a repository");
  });

  it("are unknown when the server does not answer", async () => {
    const nobody = makeWeb("http://127.0.0.1:9");
    assert.equal((await outcome(imageCheck("x", "docker.io/a/b:1", nobody))).status, "unknown");
    assert.equal((await outcome(tokenCheck(token, nobody, HUB))).status, "unknown");
  });
});
