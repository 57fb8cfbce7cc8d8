import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as k8s from "@kubernetes/client-node";
import type { Deployment, EngineEvent, UpOptions } from "@pulumi/pulumi/automation";
import { complete } from "../../local/completion";
import { descendants } from "../../local/processes";
import { stopSupervisor } from "../../local/supervisorClient";
import { eventually, TestEnvironment } from "../support/environment";
import { inventory, settledInventory } from "../support/inventory";
import { Load, type Loss, lossLine } from "../support/load";
import { pulumi } from "../support/preview";

const CLIENTS = 2;
const REPLICAS = "ms-llm-d-modelservice-decode-";
const ROUTES = { group: "gateway.networking.k8s.io", version: "v1", namespace: "llm-d", plural: "httproutes" };
const ROUTE = { ...ROUTES, name: "llm-d-inference-route" };
const BUDGET = { namespace: "llm-d", name: "ms-llm-d-modelservice-decode" };

/** What every fault is tried with: nothing that it is not about. */
const CONFIG = { "monitoring.mode": "off" };

/** The engine that this process started, found as `ps` would. */
function enginePid(): number {
  const engine = descendants(process.pid).find((entry) => /\/pulumi up /.test(entry.commandLine));
  if (engine === undefined) throw new Error("no engine runs");
  return engine.pid;
}

describe("a fault", function () {
  // Each takes several ups; a test that gives up while one runs would leave its lock to all that follow.
  this.timeout(1_800_000);
  let environment: TestEnvironment;
  let url: string;
  let model: string;
  let atFirst: Set<string>;

  before(async () => {
    environment = await TestEnvironment.start(CONFIG);
    atFirst = await settledInventory(environment.kubeconfig);
    const { outputs } = await environment.embedded.stack.up({ color: "never" });
    url = String(outputs.gatewayUrl?.value);
    model = String((outputs.models?.value as string[])[0]);
    await complete(url, { model, prompt: "Hello", maxTokens: 2 }, 60_000);
  });

  after(async function () {
    await environment?.stop(this.test?.parent?.tests.some(({ state }) => state === "failed") ?? true);
  });

  /** Sends load while something is done, and shows what was lost. */
  async function underLoad(name: string, work: () => Promise<unknown>): Promise<Loss> {
    const loss = await Load.during({ url, model, clients: CLIENTS, maxTokens: 200 }, work);
    console.log(`      ${name}: ${lossLine(loss)}`);
    return loss;
  }

  /** Kills the program of a pod, and waits until it is ready again. */
  async function killed(prefix: string): Promise<void> {
    const [victim] = await environment.pods(prefix);
    assert.ok(victim?.pid !== undefined);
    process.kill(victim.pid, "SIGKILL");
    await eventually(
      `${victim.name} is ready again`,
      120_000,
      async () => (await environment.pods(victim.name))[0],
      (pod) => pod !== undefined && pod.ready && pod.restarts > victim.restarts,
    );
  }

  /** Runs an up; the result is what it did other than leaving things as they are. */
  async function up(options: UpOptions = {}): Promise<string[]> {
    const done = new Set<string>();
    await environment.embedded.stack.up({
      color: "never",
      ...options,
      onEvent: (event: EngineEvent) => {
        const { op = "same", urn = "", type = "" } = event.resOutputsEvent?.metadata ?? {};
        if (op !== "same" && op !== "refresh" && type !== "pulumi:pulumi:Stack")
          done.add(`${op} ${urn.split("::").at(-1)}`);
        options.onEvent?.(event);
      },
    });
    return [...done].sort();
  }

  /** What `make repair` does: an up that looks at the cluster first, and takes values back from who changed them. */
  async function repaired(): Promise<string[]> {
    const { envVars } = environment.embedded.stack.workspace;
    envVars.PULUMI_K8S_ENABLE_PATCH_FORCE = "true";
    return up({ refresh: true }).finally(() => delete envVars.PULUMI_K8S_ENABLE_PATCH_FORCE);
  }

  const begins = (event: EngineEvent, op: string, name: string): boolean =>
    event.resourcePreEvent?.metadata.op === op && event.resourcePreEvent.metadata.urn.endsWith(`::${name}`);

  const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  describe("of a program", () => {
    it("of one replica costs what it had under way", async () => {
      const { lost } = await underLoad("a replica is killed", () => killed(REPLICAS));
      assert.ok(lost.length <= 2 * CLIENTS, `${lost.length} were lost`);
    });

    it("of the endpoint picker, which fails closed, costs requests until it is back, each answered with 500", async () => {
      const { lost, answered } = await underLoad("the endpoint picker is killed", () => killed("llm-d-gaie-epp-"));
      assert.ok(answered > 0);
      const others = lost.filter(({ what }) => !/^500|aborted|socket hang up/.test(what));
      assert.deepEqual(others, []);
      assert.equal((await complete(url, { model, prompt: "Hello", maxTokens: 2 }, 60_000)).status, 200);
    });

    it("of istiod costs nothing", async () => {
      const { lost } = await underLoad("istiod is killed", () => killed("istiod-"));
      assert.deepEqual(lost, []);
    });

    it("of API server and etcd in the middle of an up costs no request, and the next up goes on", async () => {
      environment = await environment.reopen({ ...CONFIG, "models[0].replicas": "4" });
      let struck = false;
      const { lost } = await underLoad("API server and etcd are killed", async () => {
        const { processes } = await environment.status();
        await up({
          onEvent: (event) => {
            if (struck || !begins(event, "update", "ms")) return;
            struck = true;
            for (const { name, pid } of processes) {
              if (pid !== undefined && /etcd|apiserver/.test(name)) process.kill(pid, "SIGKILL");
            }
          },
        }).catch((error: unknown) =>
          assert.match(messageOf(error), /connection refused|EOF|reset|unavailable|timed? ?out/i),
        );
        await eventually(
          "the API server answers",
          60_000,
          () =>
            environment.kubeconfig
              .makeApiClient(k8s.CoreV1Api)
              .listNamespace()
              .then(
                () => true,
                () => false,
              ),
          (answers) => answers,
        );
      });
      assert.ok(struck, "the model's release was not updated");
      assert.deepEqual(lost, []);
      await up();
      await eventually(
        "four replicas",
        120_000,
        () => environment.pods(REPLICAS),
        (pods) => pods.filter(({ ready }) => ready).length === 4,
      );
      assert.deepEqual(await up(), []);
    });
  });

  describe("of people", () => {
    it("that run two ups at once ends with who holds the lock for the second, and nothing for the first", async () => {
      const second = await environment.reopen(CONFIG);
      environment = await environment.reopen(CONFIG);
      let refusal: Promise<unknown> | undefined;
      const done = await up({
        onEvent: (event) => {
          if (!begins(event, "update", "ms")) return;
          refusal ??= second.embedded.stack.up({ color: "never" }).then(() => "not refused", messageOf);
        },
      });
      assert.deepEqual(done, ["update ms"]);
      assert.match(String(await refusal), /the stack is currently locked by 1 lock\(s\)/);
    });

    it("that delete an object and change another by hand is found by a refresh and repaired by an up", async () => {
      const policy = environment.kubeconfig.makeApiClient(k8s.PolicyV1Api);
      const objects = environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
      await policy.deleteNamespacedPodDisruptionBudget(BUDGET);
      const route = (await objects.getNamespacedCustomObject(ROUTE)) as { spec: { rules: { timeouts: object }[] } };
      for (const rule of route.spec.rules) rule.timeouts = { request: "1s" };
      await objects.replaceNamespacedCustomObject({ ...ROUTE, body: route });

      const found = await pulumi(environment, "refresh", "--preview-only", "--diff");
      assert.match(found, /- kubernetes:policy\/v1:PodDisruptionBudget/);
      assert.match(found, /~ request: +"0s" => "1s"/);
      assert.deepEqual(await repaired(), ["create ms-llm-d-modelservice", "update llm-d-inference-route"]);
      assert.ok(await policy.readNamespacedPodDisruptionBudget(BUDGET));
      assert.deepEqual(await up(), []);
    });

    it("that remove a CRD is found and repaired the same way, objects and all", async () => {
      const kinds = environment.kubeconfig.makeApiClient(k8s.ApiextensionsV1Api);
      await kinds.deleteCustomResourceDefinition({ name: "httproutes.gateway.networking.k8s.io" });
      await assert.rejects(complete(url, { model, prompt: "Hello", maxTokens: 2 }, 2000), /404/);
      const done = await repaired();
      assert.ok(done.includes("create llm-d-inference-route"), done.join(", "));
      assert.equal((await complete(url, { model, prompt: "Hello", maxTokens: 2 }, 60_000)).status, 200);
      assert.deepEqual(await up(), []);
    });
  });

  describe("of the surroundings", () => {
    it("such as a chart that cannot be pulled names the chart, and changes nothing", async () => {
      const wrong = await environment.reopen({
        ...CONFIG,
        "charts.overrides.inferencepool.chart": "oci://127.0.0.1:1/none/inferencepool",
      });
      await assert.rejects(wrong.embedded.stack.up({ color: "never" }), (error: Error) => {
        assert.match(error.message, /llm-d-gaie.*error/);
        assert.match(error.message, /127\.0\.0\.1:1/);
        return true;
      });
      environment = await environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
    });

    it("such as a full disk, which leaves half a lock of the stack, is put right by the next command", async () => {
      const locks = environment.state.path("pulumi", ".pulumi", "locks", "organization", "llm-d", "local");
      fs.mkdirSync(locks, { recursive: true });
      fs.writeFileSync(`${locks}/of-a-full-disk.json.18ea77bfc4a83279.tmp`, "");
      environment = await environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
    });
  });

  describe("of an up that is killed", () => {
    /**
     * Starts an up and kills its engine when it has begun to make so many objects; then opens the stack, as the next
     * command does. Counted and not named: which of two that need nothing of each other comes first is not said.
     */
    async function killedAfter(creations: number): Promise<void> {
      let [begun, struck] = [0, false];
      await assert.rejects(
        environment.embedded.stack.up({
          color: "never",
          onEvent: (event) => {
            const { op, type = "" } = event.resourcePreEvent?.metadata ?? {};
            if (op === "create" && type.startsWith("kubernetes:")) begun++;
            if (struck || begun < creations) return;
            struck = true;
            process.kill(enginePid(), "SIGKILL");
          },
        }),
      );
      assert.ok(struck, `only ${begun} objects were made`);
      environment = await environment.reopen(CONFIG);
    }

    async function resources(): Promise<unknown[]> {
      const { deployment } = (await environment.embedded.stack.exportStack()) as Deployment & {
        deployment: { resources?: unknown[] };
      };
      return deployment.resources ?? [];
    }

    // An up in between: what the engine was making when it died is in no state until the next up has taken it over.
    it("again and again at another point is put right by an up, after which a destroy leaves nothing", async () => {
      await environment.embedded.stack.destroy({ color: "never" });
      for (const creations of [1, 20, 10]) await killedAfter(creations);
      await up();
      await environment.embedded.stack.destroy({ color: "never" });
      assert.deepEqual(await resources(), []);
      const left = await eventually(
        "what was not there before",
        30_000,
        async () => [...(await inventory(environment.kubeconfig))].filter((object) => !atFirst.has(object)),
        (objects) => objects.length === 0,
      );
      assert.deepEqual(left, []);
    });

    it("and whose cluster is gone too is destroyed by saying so, and not without", async () => {
      await killedAfter(25);
      assert.ok((await resources()).length > 10);
      await stopSupervisor(environment.state);
      const { stack } = environment.embedded;
      await assert.rejects(stack.destroy({ color: "never" }), /PULUMI_K8S_DELETE_UNREACHABLE/);
      stack.workspace.envVars.PULUMI_K8S_DELETE_UNREACHABLE = "true";
      await stack.destroy({ color: "never" });
      assert.deepEqual(await resources(), []);
    });
  });
});
