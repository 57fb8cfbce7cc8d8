import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { request } from "../../local/completion";
import { descendants } from "../../local/processes";
import { eventually, HUGGING_FACE_TOKEN, type TestEnvironment } from "../support/environment";
import { pulumi } from "../support/preview";
import { encodings, rotate, type Rotated } from "../support/rotate";
import { replaceEnvironment, sharedEnvironment } from "../support/shared";

const NEW_TOKEN = "hf_anotherTokenOfTheTestsThatMustBeFoundNowhere";
const MODEL_PODS = "ms-llm-d-modelservice-decode-";

/** Three clients that each send one request after the other until stopped. */
function load(url: string, model: string): { stop: () => Promise<{ asked: number; lost: string[] }> } {
  let stopped = false;
  let asked = 0;
  const lost: string[] = [];
  const client = async (name: string): Promise<void> => {
    while (!stopped) {
      asked++;
      const answer = await request(url, { model, prompt: `${name} asks ${asked}`, maxTokens: 2 }).catch(String);
      if (typeof answer === "string" || answer.status !== 200) lost.push(JSON.stringify(answer));
    }
  };
  const clients = ["first", "second", "third"].map(client);
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
      return { asked, lost };
    },
  };
}

describe("make rotate SECRET=hugging-face-token", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let rotated: Rotated;
  let outcome: { asked: number; lost: string[] };
  let replicas: string[];
  let historyBefore: number;

  /** Number of the stack's updates. They are counted, because a state folder's history has no version numbers. */
  const updates = async (): Promise<number> => (await environment.embedded.stack.history(10_000, 1)).length;

  before(async () => {
    environment = await sharedEnvironment();
    const { stack } = environment.embedded;
    // The stack is empty when this file runs alone.
    if ((await stack.outputs()).gatewayUrl === undefined) await stack.up({ color: "never" });
    const outputs = await stack.outputs();
    replicas = (await environment.pods(MODEL_PODS)).map(({ name, pid }) => `${name} ${pid}`).sort();
    historyBefore = await updates();
    const traffic = load(String(outputs.gatewayUrl?.value), String((outputs.models?.value as string[])[0]));
    rotated = await rotate(environment, "hugging-face-token", `${NEW_TOKEN}\n`);
    outcome = await traffic.stop();
  });
  after(async () => {
    // Later files expect the first token.
    environment = await environment.reopen();
    replaceEnvironment(environment);
    await environment.embedded.stack.up({ color: "never" });
  });

  const secret = async (): Promise<k8s.V1Secret> =>
    environment.kubeconfig
      .makeApiClient(k8s.CoreV1Api)
      .readNamespacedSecret({ namespace: "llm-d", name: "llm-d-hf-token" });

  it("changes the Secret in place, and nothing else", async () => {
    assert.equal(rotated.code, 0, rotated.output);
    assert.match(rotated.output, /~ +1 updated/);
    assert.doesNotMatch(rotated.output, /created|replaced|deleted/);
    const { data } = await secret();
    assert.equal(Buffer.from(data?.HF_TOKEN ?? "", "base64").toString(), NEW_TOKEN);
    assert.equal(await updates(), historyBefore + 1);
  });

  it("loses no request, and restarts no replica", async () => {
    assert.deepEqual(outcome.lost, []);
    assert.ok(outcome.asked > 50, `only ${outcome.asked} requests were sent`);
    const after = (await environment.pods(MODEL_PODS)).map(({ name, pid }) => `${name} ${pid}`).sort();
    assert.deepEqual(after, replicas);
  });

  it("shows neither token in its output or on a command line", () => {
    assert.ok(rotated.commandLines.some((line) => line.includes("config set") && line.includes("huggingFaceToken")));
    for (const token of [HUGGING_FACE_TOKEN, NEW_TOKEN].flatMap(encodings)) {
      assert.ok(!rotated.output.includes(token));
      assert.deepEqual(
        rotated.commandLines.filter((line) => line.includes(token)),
        [],
      );
    }
  });

  it("leaves the old token neither in the decrypted state nor in the settings, and no token in any file", async () => {
    const shown = [
      await pulumi(environment, "stack", "export", "--show-secrets"),
      await pulumi(environment, "config", "--show-secrets", "--json"),
    ].join("\n");
    assert.ok(shown.includes(NEW_TOKEN));
    for (const token of encodings(HUGGING_FACE_TOKEN)) assert.ok(!shown.includes(token));
    const telling = fs
      .readdirSync(environment.state.dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => {
        const contents = fs.readFileSync(file);
        return [HUGGING_FACE_TOKEN, NEW_TOKEN].flatMap(encodings).some((token) => contents.includes(token));
      });
    assert.deepEqual(telling, []);
  });

  it("gives the new token to a replica that starts later", async () => {
    const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const [victim] = await environment.pods(MODEL_PODS);
    await core.deleteNamespacedPod({ namespace: "llm-d", name: victim?.name ?? "" });
    const old = replicas.map((line) => line.split(" ")[0]);
    const fresh = await until("a new replica is ready", async () =>
      (await environment.pods(MODEL_PODS)).find(({ name, ready }) => ready && !old.includes(name)),
    );
    const [program] = descendants(fresh.pid ?? 0);
    const variables = fs.readFileSync(`/proc/${program?.pid}/environ`, "utf8").split("\0");
    assert.ok(variables.includes(`HF_TOKEN=${NEW_TOKEN}`));
  });

  it("refuses an invalid token, and leaves the current token unchanged", async () => {
    const { code, output } = await rotate(environment, "hugging-face-token", "no-token-at-all");
    assert.equal(code, 1);
    assert.match(output, /not a Hugging Face token/);
    assert.doesNotMatch(output, /no-token-at-all/);
    assert.equal(Buffer.from((await secret()).data?.HF_TOKEN ?? "", "base64").toString(), NEW_TOKEN);
  });
});

async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const found = await eventually(what, 90_000, probe, (value) => value !== undefined);
  if (found === undefined) throw new Error(what);
  return found;
}
