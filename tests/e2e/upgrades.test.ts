import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import { complete } from "../../local/completion";
import { eventually } from "../support/environment";
import { Load, type Loss } from "../support/load";
import { requestsServed } from "../support/metrics";
import { servedEnvironment } from "../support/served";

/** The effects of a change under load, on the stack's resources and on requests. */
interface Change {
  readonly done: readonly string[];
  /** Starts and ends of the operations in order: `begin NAME`, `end NAME`. */
  readonly order: readonly string[];
  readonly loss: Loss;
}

/**
 * Settings of all upgrades: without monitoring, and with a drain of the endpoint picker that is longer than the gateway takes
 * to find a new istiod, like the default. Otherwise the old endpoint picker could end before the gateway knows the new one.
 */
const CONFIG = { "monitoring.mode": "off", "endpointPicker.drainSeconds": "30" };

/** A canary with different arguments than the model. */
const CANARY = { "models[0].canary.replicas": "2", "models[0].canary.extraArgs[0]": "--seed=7" };

/** A digest for the endpoint picker's image. Here every image of that name runs the same program. */
const PICKER_DIGEST = `sha256:${"7".repeat(64)}`;

/** Requests that a share is measured with. With a weight of a half, a share below 0.3 or above 0.7 is then no accident. */
const SHARE_REQUESTS = 200;

/** Copies a mirror with a later release of Gateway API and Inference Extension. @returns the names of their CRDs */
function laterRelease(mirror: string, folder: string): string[] {
  fs.cpSync(mirror, folder, { recursive: true, dereference: true });
  return ["gateway-api", "inference-extension"].flatMap((bundle) =>
    fs.readdirSync(path.join(folder, bundle)).map((name) => {
      const file = path.join(folder, bundle, name);
      const crd = parseDocument(fs.readFileSync(file, "utf8"));
      crd.setIn(["metadata", "annotations", "example.com/release"], "later");
      fs.writeFileSync(file, crd.toString());
      return String(crd.getIn(["metadata", "name"]));
    }),
  );
}

describe("upgrades under load", function () {
  // Each test takes several ups. A test that times out during an up would leave its lock to the next tests.
  this.timeout(1_800_000);
  const served = servedEnvironment(CONFIG);

  /** Brings the stack up with these settings under load. */
  async function change(name: string, config: Record<string, string>, more?: () => Promise<unknown>): Promise<Change> {
    const done: string[] = [];
    const order: string[] = [];
    const loss = await served.underLoad(name, async () => {
      served.environment = await served.environment.reopen({ ...CONFIG, ...config });
      await served.environment.embedded.stack.up({
        color: "never",
        onEvent: ({ resourcePreEvent, resOutputsEvent }: EngineEvent) => {
          const { op = "same", urn = "", type = "" } = (resourcePreEvent ?? resOutputsEvent)?.metadata ?? {};
          if (op === "same" || type === "pulumi:pulumi:Stack") return;
          const name = urn.split("::").at(-1) ?? "";
          order.push(`${resourcePreEvent === undefined ? "end" : "begin"} ${name}`);
          done.push(`${op} ${name}`);
        },
      });
      await more?.();
    });
    return { done: [...new Set(done)].sort(), order, loss };
  }

  /** Waits until exactly this many pods have the prefix, and all are ready with that image. */
  const settled = (prefix: string, count: number, image = "") =>
    eventually(
      `${count} pods ${prefix}*`,
      300_000,
      () => served.environment.pods(prefix),
      (pods) => pods.length === count && pods.every((pod) => pod.ready && pod.image.endsWith(image)),
    );

  /** Number of requests that the pods with this prefix have answered since their start. */
  async function answered(prefix: string): Promise<number> {
    const counts = (await served.environment.pods(prefix)).map(({ ip }) => requestsServed(ip));
    return (await Promise.all(counts)).reduce((left, right) => left + right, 0);
  }

  /** The share of short requests that the canary answers. */
  async function canaryShare(headers: Record<string, string> = {}): Promise<number> {
    const count = () => Promise.all([answered("ms-canary-"), answered("ms-llm-d-modelservice-")]);
    const [canary, stable] = await count();
    const loss = await Load.during({ url: served.url, model: served.model, headers, maxTokens: 2 }, () =>
      eventually(
        `${SHARE_REQUESTS} requests are answered`,
        120_000,
        async () => (await count()).reduce((left, right) => left + right, -canary - stable),
        (more) => more >= SHARE_REQUESTS,
      ),
    );
    assert.deepEqual(loss.lost, []);
    const [canaryAfter, stableAfter] = await count();
    return (canaryAfter - canary) / (canaryAfter - canary + stableAfter - stable);
  }

  it("a change of vLLM's arguments replaces its replicas without a lost request", async () => {
    const { done, loss } = await change("vLLM's arguments", { "models[0].extraArgs[0]": "--seed=7" }, () =>
      settled("ms-llm-d-modelservice-decode-", 3),
    );
    assert.deepEqual(done, ["update ms"]);
    assert.deepEqual(loss.lost, []);
  });

  it("a change of Istio's images replaces istiod and the gateway without a lost request", async () => {
    const { done, loss } = await change(
      "Istio's images",
      {
        "models[0].extraArgs[0]": "--seed=7",
        "versions.images.pilot.tag": "1.27.8",
        "versions.images.proxyv2.tag": "1.27.8",
      },
      () => settled("llm-d-infra-inference-gateway-istio-", 1, "proxyv2:1.27.8"),
    );
    assert.deepEqual(done, ["update istiod"]);
    assert.deepEqual(loss.lost, []);
  });

  it("a change of the endpoint picker and istiod at once, as with another lane, loses no request", async () => {
    const { done, loss } = await change(
      "the endpoint picker",
      { "endpointPicker.weights.queue": "3", "versions.images.epp.digest": PICKER_DIGEST },
      () => settled("llm-d-gaie-epp-", 1, PICKER_DIGEST),
    );
    // It also reverts the images of Istio and the arguments of vLLM from the tests before.
    assert.deepEqual(done, ["update istiod", "update llm-d-gaie", "update ms"]);
    assert.deepEqual(loss.lost, []);
  });

  it("a change of CRDs updates them in place before the charts that use them, without a lost request", async () => {
    const mirror = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-mirror-"));
    try {
      const names = laterRelease(served.environment.embedded.toolchain.mirror, mirror);
      const { done, order, loss } = await change("CRDs", { "charts.mirror": mirror });
      for (const name of names) assert.ok(done.includes(`update ${name}`), done.join(", "));
      assert.deepEqual(
        done.filter((one) => !one.startsWith("update ")),
        [],
      );
      // The charts have another source now, so they are updated too.
      const charts = ["istio-base", "istiod", "llm-d-gaie"].map((name) => order.indexOf(`begin ${name}`));
      assert.ok(Math.min(...charts) > Math.max(...names.map((name) => order.indexOf(`end ${name}`))), order.join(", "));
      assert.deepEqual(loss.lost, []);
    } finally {
      fs.rmSync(mirror, { recursive: true });
    }
  });

  it("a canary gets requests by its weight without a lost request, and a header selects the stable release", async () => {
    const seen: number[] = [];
    for (const weight of [0, 50, 100]) {
      const { done, loss } = await change(`canary at ${weight} %`, {
        ...CANARY,
        "models[0].canary.weight": String(weight),
      });
      assert.deepEqual(loss.lost, []);
      if (weight > 0) assert.deepEqual(done, ["update llm-d-inference-route"]);
      seen.push(await canaryShare());
    }
    const [none = 1, half = 0, all = 0] = seen;
    assert.deepEqual([none, all], [0, 1], `served by the canary: ${seen.join(", ")}`);
    assert.ok(half > 0.3 && half < 0.7, `served by the canary: ${seen.join(", ")}`);

    assert.equal(await canaryShare({ "x-llm-d-release": "stable" }), 0);
  });

  it("a canary has its own endpoint picker: a repeated prompt goes to the replica that has it cached", async () => {
    served.environment = await served.environment.reopen({ ...CONFIG, ...CANARY, "models[0].canary.weight": "50" });
    await served.environment.embedded.stack.up({ color: "never" });
    const shares: Record<string, number[]> = {};
    const prompt = Array.from({ length: 500 }, (_, index) => `again-${index}`).join(" ");
    for (let round = 0; round < 24; round++) {
      const before = await answered("ms-canary-");
      const answer = await complete(served.url, { model: served.model, prompt, maxTokens: 2 }, 60_000);
      const release = (await answered("ms-canary-")) > before ? "canary" : "stable";
      (shares[release] ??= []).push((answer.cachedTokens ?? 0) / (answer.promptTokens ?? 1));
    }
    for (const release of ["stable", "canary"]) {
      const [, ...again] = shares[release] ?? [];
      assert.ok(again.length > 3, `${release} had ${again.length + 1} requests`);
      assert.ok(
        again.every((share) => share > 0.9),
        `${release}, share of the prompt from cache: ${again.map((share) => share.toFixed(2)).join(" ")}`,
      );
    }
  });

  it("the removal of the canary loses no request", async () => {
    const { done, loss } = await change("canary removed", {}, () => settled("ms-canary-", 0));
    assert.ok(done.includes("delete ms-canary") && done.includes("delete llm-d-gaie-canary"), done.join(", "));
    assert.deepEqual(loss.lost, []);
  });
});
