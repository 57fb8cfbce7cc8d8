import * as assert from "node:assert/strict";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as k8s from "@kubernetes/client-node";
import { byKubeconfig } from "../../validation/environment/kubeconfig";
import { renderTerminal } from "../../validation/report/terminal";
import type { ModelResult } from "../../validation/result";
import { validateModel } from "../../validation/validate";
import type { TestEnvironment } from "../support/environment";
import { replaceEnvironment, sharedEnvironment } from "../support/shared";
import { installTekton } from "../support/tekton";

const NAMESPACE = "llm-d";
const WORKLOAD = { groups: 4, sessionsPerGroup: 3, turns: 8, prefixTokens: 1000, turnTokens: 40, outputTokens: 4 };

/** The Job's settings, small enough for a test. */
const JOB = {
  "validation.onUp": "true",
  "validation.rounds": "1",
  ...Object.fromEntries(Object.entries(WORKLOAD).map(([key, value]) => [`validation.workload.${key}`, String(value)])),
};

describe("the cache-hit validation", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let tekton: Awaited<ReturnType<typeof installTekton>> | undefined;
  before(async () => {
    environment = await sharedEnvironment();
    // When this file runs alone, nothing is deployed and monitoring is on.
    if ((await environment.embedded.stack.outputs()).gatewayUrl === undefined) {
      environment = await environment.rebase({ "monitoring.mode": "off" });
      await up({});
    }
  });

  /** Brings the shared environment up with other settings. */
  async function up(config: Record<string, string>): Promise<void> {
    environment = await environment.reopen(config);
    replaceEnvironment(environment);
    await environment.embedded.stack.up({ color: "never" });
  }

  async function validated(): Promise<ModelResult> {
    const outputs = await environment.embedded.stack.outputs();
    const name = String((outputs.models?.value as string[])[0]);
    return validateModel(
      { name, gatewayUrl: String(outputs.gatewayUrl?.value), pathPrefix: "" },
      {
        access: await byKubeconfig(fs.readFileSync(environment.state.kubeconfig, "utf8"), NAMESPACE),
        salt: crypto.randomUUID(),
        settings: {
          ...{ namespace: NAMESPACE, models: [], workload: WORKLOAD, rounds: 1, concurrency: 4 },
          thresholds: { minHitRate: 0.9, minTtftImprovement: 0.5, minGain: 0.03, maxErrorShare: 0 },
        },
      },
    );
  }

  const told = (result: ModelResult): string => JSON.stringify(result, undefined, 1).slice(0, 4000);

  it("passes on the default environment, and its hits equal the cached tokens of the answers", async () => {
    const result = await validated();
    assert.equal(result.verdict, "passed", told(result));
    assert.equal(result.gateway.requests, 96);
    assert.ok((result.gateway.hitRate ?? 0) > (result.control?.hitRate ?? 1));
    assert.equal(result.gateway.hits, result.gateway.usage.cachedTokens);
    assert.equal(result.controlPath, "pods");
    assert.deepEqual(result.notes, []);
    assert.ok(result.timeline.length > 2);
  });

  it("passes as a Job during an up", async () => {
    tekton = await installTekton(environment.kubeconfig);
    await up({ ...JOB, "validation.tekton": "true" });
    const job = await environment.kubeconfig
      .makeApiClient(k8s.BatchV1Api)
      .readNamespacedJob({ namespace: NAMESPACE, name: "cache-hit-validation" });
    assert.equal(job.status?.succeeded, 1);
    const [log] = fs
      .readdirSync(environment.state.path("pods"))
      .filter((name) => name.includes("cache-hit-validation"));
    const text = fs.readFileSync(environment.state.path("pods", log ?? ""), "utf8");
    assert.match(text, /PASSED: the endpoint picker keeps prefixes/);
    const result = JSON.parse(/^RESULT (.*)$/m.exec(text)?.[1] ?? "") as Parameters<typeof renderTerminal>[0];
    assert.match(renderTerminal(result), /Hit rate, by the replicas' counters +9\d\.\d %/);
  });

  it("makes a Task and a Pipeline that Tekton's CRDs accept, and these CRDs refuse a misspelt field", async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(environment.kubeconfig);
    const metadata = { name: "cache-hit-validation", namespace: NAMESPACE };
    const kinds = ["Task", "Pipeline"];
    for (const kind of kinds) {
      const found = await objects.read<k8s.KubernetesObject & { spec: Record<string, unknown> }>({
        apiVersion: "tekton.dev/v1",
        kind,
        metadata,
      });
      assert.deepEqual(
        (found.spec["results"] as { name: string }[]).map(({ name }) => name),
        ["hit-rate", "ttft-improvement", "verdict"],
      );
      const strict = (spec: object): Promise<unknown> =>
        objects.create(
          { apiVersion: "tekton.dev/v1", kind, metadata: { ...metadata, name: "again" }, spec } as k8s.KubernetesObject,
          undefined,
          "All",
          undefined,
        );
      await strict(found.spec);
      await assert.rejects(strict({ ...found.spec, results: [{ nam: "x" }] }), /422|Invalid|Required value/);
    }
  });

  it("fails the up when the prefix scorer is off, and reports that cause", async () => {
    await assert.rejects(up({ ...JOB, "endpointPicker.weights.prefixCache": "0" }), (error: Error) => {
      assert.match(error.message, /cache-hit-validation/);
      return true;
    });
    const { items } = await environment.kubeconfig
      .makeApiClient(k8s.CoreV1Api)
      .listNamespacedPod({ namespace: NAMESPACE, labelSelector: "job-name=cache-hit-validation" });
    const message = items[0]?.status?.containerStatuses?.[0]?.state?.terminated?.message;
    assert.match(message ?? "", /Diagnosis \(prefix-scorer-off\)/);
  });

  it("reports that prefix caching is off", async () => {
    await up({ "models[0].prefixCaching": "false" });
    const result = await validated();
    assert.equal(result.verdict, "failed");
    assert.equal(result.diagnoses[0]?.cause, "prefix-caching-off", told(result));
  });

  it("reports that there is only one replica", async () => {
    await up({ "models[0].replicas": "1" });
    const result = await validated();
    assert.deepEqual(
      result.diagnoses.map(({ cause }) => cause),
      ["one-replica"],
      told(result),
    );
  });

  after(async () => {
    // Restore the settings for the next files. If the environment did not start, there is nothing to restore.
    if ((environment as TestEnvironment | undefined) !== undefined) await up({});
    await tekton?.remove();
  });
});
