import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { complete } from "../../local/completion";
import { eventually, TestEnvironment } from "../support/environment";
import { Load, type Loss, lossLine } from "../support/load";
import { requestsServed } from "../support/metrics";

/** A change under load: what it did to the stack's resources, and to the requests. */
interface Change {
  readonly done: readonly string[];
  readonly loss: Loss;
}

/**
 * What every upgrade is tried with: nothing that it is not about, and an endpoint picker that outlives the time in which the gateway
 * looks for a new istiod, as with the default. The gateway would not hear of the new endpoint picker before the old one ends.
 */
const CONFIG = { "monitoring.mode": "off", "endpointPicker.drainSeconds": "30" };

/** A canary with other arguments than the model. */
const CANARY = { "models[0].canary.replicas": "2", "models[0].canary.extraArgs[0]": "--seed=7" };

/** Pins the endpoint picker's image; here any image of its name runs the same program. */
const PICKER_DIGEST = `sha256:${"7".repeat(64)}`;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Each answer streams for a second, so that every replica has some under way whenever it is to go. */
const ANSWER_TOKENS = 200;

describe("an upgrade under load", function () {
  // Each takes several ups; a test that gives up while one runs would leave its lock to all that follow.
  this.timeout(1_800_000);
  let environment: TestEnvironment;
  let url: string;
  let model: string;

  before(async () => {
    environment = await TestEnvironment.start(CONFIG);
    const { outputs } = await environment.embedded.stack.up({ color: "never" });
    url = String(outputs.gatewayUrl?.value);
    model = String((outputs.models?.value as string[])[0]);
    await complete(url, { model, prompt: "Hello", maxTokens: 2 }, 60_000);
  });

  after(async function () {
    await environment?.stop(this.test?.parent?.tests.some(({ state }) => state === "failed") ?? true);
  });

  /** Brings the stack to these settings while requests come in. */
  async function change(name: string, config: Record<string, string>, more?: () => Promise<unknown>): Promise<Change> {
    const done: string[] = [];
    const loss = await Load.during({ url, model, clients: 2, maxTokens: ANSWER_TOKENS }, async () => {
      environment = await environment.reopen({ ...CONFIG, ...config });
      await environment.embedded.stack.up({
        color: "never",
        onEvent: ({ resourcePreEvent }: EngineEvent) => {
          const { op = "same", urn = "", type = "" } = resourcePreEvent?.metadata ?? {};
          if (op !== "same" && type !== "pulumi:pulumi:Stack") done.push(`${op} ${urn.split("::").at(-1)}`);
        },
      });
      await more?.();
    });
    console.log(`      ${name}: ${lossLine(loss)}`);
    return { done: [...new Set(done)].sort(), loss };
  }

  /** Waits until there are so many pods whose name begins so, all ready and of that image, and none that is still ending. */
  const settled = (prefix: string, count: number, image = "") =>
    eventually(
      `${count} pods ${prefix}*`,
      120_000,
      () => environment.pods(prefix),
      (pods) => pods.length === count && pods.every((pod) => pod.ready && pod.image.endsWith(image)),
    );

  /** How many requests the pods whose name begins so have answered since they started. */
  async function served(prefix: string): Promise<number> {
    const counts = (await environment.pods(prefix)).map(({ ip }) => requestsServed(ip));
    return (await Promise.all(counts)).reduce((left, right) => left + right, 0);
  }

  /** Which share of short requests the canary answers. */
  async function canaryShare(headers: Record<string, string> = {}): Promise<number> {
    const count = () => Promise.all([served("ms-canary-"), served("ms-llm-d-modelservice-")]);
    const [canary, stable] = await count();
    const loss = await Load.during({ url, model, headers, maxTokens: 2 }, () => sleep(4000));
    assert.deepEqual(loss.lost, []);
    const [canaryAfter, stableAfter] = await count();
    return (canaryAfter - canary) / (canaryAfter - canary + stableAfter - stable);
  }

  it("of vLLM's arguments rolls its replicas without a lost request", async () => {
    const { done, loss } = await change("vLLM's arguments", { "models[0].extraArgs[0]": "--seed=7" }, () =>
      settled("ms-llm-d-modelservice-decode-", 3),
    );
    assert.deepEqual(done, ["update ms"]);
    assert.deepEqual(loss.lost, []);
  });

  it("of Istio's images rolls istiod and the gateway without a lost request", async () => {
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

  it("of the endpoint picker's settings and image, and of istiod's at once, as another lane does, loses no request", async () => {
    const { done, loss } = await change(
      "the endpoint picker",
      { "endpointPicker.weights.queue": "3", "versions.images.epp.digest": PICKER_DIGEST },
      () => settled("llm-d-gaie-epp-", 1, PICKER_DIGEST),
    );
    // Those before it gave Istio other images and vLLM other arguments, which this takes back.
    assert.deepEqual(done, ["update istiod", "update llm-d-gaie", "update ms"]);
    assert.deepEqual(loss.lost, []);
  });

  it("of the model to a canary shifts requests by weight, from none to all and back, without a lost one", async () => {
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

  it("gives the canary an endpoint picker of its own at any weight: a repeated prompt stays where it is cached", async () => {
    environment = await environment.reopen({ ...CONFIG, ...CANARY, "models[0].canary.weight": "50" });
    await environment.embedded.stack.up({ color: "never" });
    const shares: Record<string, number[]> = {};
    const prompt = Array.from({ length: 500 }, (_, index) => `again-${index}`).join(" ");
    for (let round = 0; round < 24; round++) {
      const before = await served("ms-canary-");
      const answer = await complete(url, { model, prompt, maxTokens: 2 }, 60_000);
      const release = (await served("ms-canary-")) > before ? "canary" : "stable";
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

  it("takes the canary away without a lost request", async () => {
    const { done, loss } = await change("canary taken away", {}, () => settled("ms-canary-", 0));
    assert.ok(done.includes("delete ms-canary") && done.includes("delete llm-d-gaie-canary"), done.join(", "));
    assert.deepEqual(loss.lost, []);
  });
});
