import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import type { EngineEvent, UpOptions } from "@pulumi/pulumi/automation";
import { descendants } from "../../local/processes";
import { PROJECT_ROOT } from "../../local/state";
import { stopSupervisor } from "../../local/supervisorClient";
import type { Deployment as StackState, StateResource } from "../../operations/destroy/state";
import type { OpenOptions } from "../../local/embedded";
import { eventually } from "../support/environment";
import { nothingLeft } from "../support/inventory";
import type { Lost } from "../support/load";
import { pulumi } from "../support/preview";
import { servedEnvironment } from "../support/served";

const run = promisify(execFile);

const REPLICAS = "ms-llm-d-modelservice-decode-";
const ROUTES = { group: "gateway.networking.k8s.io", version: "v1", namespace: "llm-d", plural: "httproutes" };
const ROUTE = { ...ROUTES, name: "llm-d-inference-route" };
const BUDGET = { namespace: "llm-d", name: "ms-llm-d-modelservice-decode" };

/** What every fault is tried with: nothing that it is not about. */
const CONFIG = { "monitoring.mode": "off" };

/** What a command has printed, in the error that it ended with. */
interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The engine that this process started, found as `ps` would. */
function enginePid(): number {
  const engine = descendants(process.pid).find((entry) => /\/pulumi up /.test(entry.commandLine));
  if (engine === undefined) throw new Error("no engine runs");
  return engine.pid;
}

describe("a fault", function () {
  // Each takes several ups; a test that gives up while one runs would leave its lock to all that follow.
  this.timeout(1_800_000);
  const served = servedEnvironment(CONFIG);

  /** Kills the program of a pod, and waits until it is ready again. */
  async function killed(prefix: string): Promise<void> {
    const [victim] = await served.environment.pods(prefix);
    assert.ok(victim?.pid !== undefined);
    process.kill(victim.pid, "SIGKILL");
    await eventually(
      `${victim.name} is ready again`,
      300_000,
      async () => (await served.environment.pods(victim.name))[0],
      (pod) => pod !== undefined && pod.ready && pod.restarts > victim.restarts,
    );
  }

  /** Runs an up; the result is what it did other than leaving things as they are. */
  async function up(options: UpOptions = {}): Promise<string[]> {
    const done = new Set<string>();
    await served.environment.embedded.stack.up({
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
    const { envVars } = served.environment.embedded.stack.workspace;
    envVars.PULUMI_K8S_ENABLE_PATCH_FORCE = "true";
    return up({ refresh: true }).finally(() => delete envVars.PULUMI_K8S_ENABLE_PATCH_FORCE);
  }

  /** Losses of another kind than the fault explains. */
  const unlike = (lost: readonly Lost[], kind: RegExp): Lost[] => lost.filter(({ what }) => !kind.test(what));

  const begins = (event: EngineEvent, op: string, name: string): boolean =>
    event.resourcePreEvent?.metadata.op === op && event.resourcePreEvent.metadata.urn.endsWith(`::${name}`);

  /** What is in the stack's state. */
  async function resources(): Promise<readonly StateResource[]> {
    const { deployment } = (await served.environment.embedded.stack.exportStack()) as { deployment: StackState };
    return deployment.resources ?? [];
  }

  /** Runs one of the project's commands on the stack, as `make` does. */
  async function command(script: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const options = ["-r", "ts-node/register/transpile-only", script, "--stack", "local"];
    const state = ["--state", served.environment.state.dir];
    return run(process.execPath, [...options, ...state, ...args], { cwd: PROJECT_ROOT }).then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: Printed & { code: number }) => ({
        code: error.code,
        text: error.stdout + error.stderr,
      }),
    );
  }

  const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  describe("of a program", () => {
    // How many those are is told by the line that is printed, not by the test: it depends on how soon the machine notices.
    it("of one replica costs what it had under way and what is sent to it until that is noticed", async () => {
      const { lost, answered } = await served.underLoad("a replica is killed", () => killed(REPLICAS));
      assert.ok(answered > 0);
      assert.deepEqual(unlike(lost, /^503|aborted|socket hang up/), []);
      assert.equal(await served.ask(), 200);
    });

    it("of the endpoint picker, which fails closed, costs requests until it is back, each answered with 500", async () => {
      const { lost, answered } = await served.underLoad("the endpoint picker is killed", () =>
        killed("llm-d-gaie-epp-"),
      );
      assert.ok(answered > 0);
      assert.deepEqual(unlike(lost, /^500|aborted|socket hang up/), []);
      assert.equal(await served.ask(), 200);
    });

    it("of istiod costs nothing", async () => {
      const { lost } = await served.underLoad("istiod is killed", () => killed("istiod-"));
      assert.deepEqual(lost, []);
    });

    it("of API server and etcd in the middle of an up costs no request, and the next up goes on", async () => {
      served.environment = await served.environment.reopen({ ...CONFIG, "models[0].replicas": "4" });
      let struck = false;
      const { lost } = await served.underLoad("API server and etcd are killed", async () => {
        const { processes } = await served.environment.status();
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
          180_000,
          () =>
            served.environment.kubeconfig
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
        300_000,
        () => served.environment.pods(REPLICAS),
        (pods) => pods.filter(({ ready }) => ready).length === 4,
      );
      assert.deepEqual(await up(), []);
    });
  });

  describe("of people", () => {
    it("that run two ups at once ends with who holds the lock for the second, and nothing for the first", async () => {
      const second = await served.environment.reopen(CONFIG);
      served.environment = await served.environment.reopen(CONFIG);
      let refusal: Promise<unknown> | undefined;
      const done = await up({
        onEvent: (event) => {
          // The first that the engine says; it has had the lock since before that.
          if (event.preludeEvent === undefined) return;
          refusal ??= second.embedded.stack.up({ color: "never" }).then(() => "not refused", messageOf);
        },
      });
      assert.deepEqual(done, ["update ms"]);
      assert.match(String(await refusal), /the stack is currently locked by 1 lock\(s\)/);
    });

    it("that delete an object and change another by hand is found by a refresh and repaired by an up", async () => {
      const policy = served.environment.kubeconfig.makeApiClient(k8s.PolicyV1Api);
      const objects = served.environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
      await policy.deleteNamespacedPodDisruptionBudget(BUDGET);
      const route = (await objects.getNamespacedCustomObject(ROUTE)) as { spec: { rules: { timeouts: object }[] } };
      for (const rule of route.spec.rules) rule.timeouts = { request: "1s" };
      await objects.replaceNamespacedCustomObject({ ...ROUTE, body: route });

      const found = await pulumi(served.environment, "refresh", "--preview-only", "--diff");
      assert.match(found, /- kubernetes:policy\/v1:PodDisruptionBudget/);
      assert.match(found, /~ request: +"0s" => "1s"/);
      assert.deepEqual(await repaired(), ["create ms-llm-d-modelservice", "update llm-d-inference-route"]);
      assert.ok(await policy.readNamespacedPodDisruptionBudget(BUDGET));
      assert.deepEqual(await up(), []);
    });

    it("that destroy what is protected are refused before anything is deleted, and told what to do", async () => {
      served.environment = await served.environment.reopen({ ...CONFIG, protect: "true" });
      assert.deepEqual(await up(), []);
      const { code, text } = await command("operations/destroy/cli.ts", "--", "--yes");
      assert.equal(code, 1, text);
      assert.match(text, /protected, and nothing was deleted. Protected: Namespace llm-d\./);
      assert.match(text, /pulumi config set llm-d:protect false --stack local/);
      await assert.rejects(pulumi(served.environment, "destroy", "--yes"), ({ stdout, stderr }: Error & Printed) => {
        assert.match(stdout + stderr, /Namespace::llm-d" cannot be deleted/);
        return true;
      });
      assert.equal(await served.ask(), 200);
      served.environment = await served.environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
      assert.ok((await resources()).every(({ protect }) => protect !== true));
    });

    it("that remove a CRD is found and repaired the same way, objects and all", async () => {
      const kinds = served.environment.kubeconfig.makeApiClient(k8s.ApiextensionsV1Api);
      await kinds.deleteCustomResourceDefinition({ name: "httproutes.gateway.networking.k8s.io" });
      await eventually(
        "no route any more",
        60_000,
        () => served.ask(2000).then(String, messageOf),
        (answer) => /404/.test(answer),
      );
      const done = await repaired();
      assert.ok(done.includes("create llm-d-inference-route"), done.join(", "));
      assert.equal(await served.ask(), 200);
      assert.deepEqual(await up(), []);
    });
  });

  describe("of the surroundings", () => {
    it("such as a chart that cannot be pulled names the chart, and changes nothing", async () => {
      const wrong = await served.environment.reopen({
        ...CONFIG,
        "charts.overrides.inferencepool.chart": "oci://127.0.0.1:1/none/inferencepool",
      });
      await assert.rejects(wrong.embedded.stack.up({ color: "never" }), (error: Error) => {
        assert.match(error.message, /llm-d-gaie.*error/);
        assert.match(error.message, /127\.0\.0\.1:1/);
        return true;
      });
      served.environment = await served.environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
    });

    it("such as a full disk, which leaves half a lock of the stack, is put right by the next command", async () => {
      const locks = served.environment.state.path("pulumi", ".pulumi", "locks", "organization", "llm-d", "local");
      fs.mkdirSync(locks, { recursive: true });
      fs.writeFileSync(`${locks}/of-a-full-disk.json.18ea77bfc4a83279.tmp`, "");
      // What is left of the state's attributes by a disk that is full, or by a kill, while they are written.
      const attributes = served.environment.state.path("pulumi", ".pulumi", "stacks", "llm-d", "local.json.attrs");
      assert.ok(fs.existsSync(attributes));
      fs.writeFileSync(attributes, "");
      served.environment = await served.environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
    });
  });

  describe("of an up that is killed", () => {
    /**
     * Starts an up and kills its engine when it has begun to make so many objects; then opens the stack, as the next
     * command does. Counted and not named: which of two that need nothing of each other comes first is not said.
     */
    async function killedAfter(creations: number, options: OpenOptions = {}): Promise<void> {
      let [begun, struck] = [0, false];
      await assert.rejects(
        served.environment.embedded.stack.up({
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
      served.environment = await served.environment.reopen(CONFIG, options);
    }

    /** Destroys it as a user does, and looks for what is left. */
    const destroyed = async (): Promise<void> => {
      const { code, text } = await command("operations/destroy/cli.ts", "--", "--yes", "--skip-preview");
      assert.equal(code, 0, text);
      assert.deepEqual(await resources(), []);
      await nothingLeft(served.environment.kubeconfig, served.before);
    };

    it("again and again at another point is put right by an up, after which a destroy leaves nothing", async () => {
      await served.environment.embedded.stack.destroy({ color: "never" });
      for (const creations of [1, 20]) await killedAfter(creations);
      await up();
      assert.equal(await served.ask(), 200);
      await destroyed();
    });

    // What the engine was making when it died is in no state; the destroy has to take it over first.
    it("is destroyed without another one, whatever it was making when it was killed", async () => {
      await served.environment.embedded.stack.destroy({ color: "never" });
      await killedAfter(30, { takeOver: true });
      await destroyed();
    });

    it("and whose cluster is gone too is destroyed by saying so, and not without", async () => {
      await killedAfter(25);
      assert.ok((await resources()).length > 10);
      await stopSupervisor(served.environment.state);
      const { stack } = served.environment.embedded;
      await assert.rejects(stack.destroy({ color: "never" }), /PULUMI_K8S_DELETE_UNREACHABLE/);
      stack.workspace.envVars.PULUMI_K8S_DELETE_UNREACHABLE = "true";
      await stack.destroy({ color: "never" });
      assert.deepEqual(await resources(), []);
    });
  });
});
