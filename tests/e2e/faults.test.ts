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

/** Settings of all tests: without monitoring, because no fault concerns it. */
const CONFIG = { "monitoring.mode": "off" };

/** The output in the error of a failed command. */
interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The process id of the engine that this process started. */
function enginePid(): number {
  const engine = descendants(process.pid).find((entry) => /\/pulumi up /.test(entry.commandLine));
  if (engine === undefined) throw new Error("no engine runs");
  return engine.pid;
}

describe("faults", function () {
  // Each test takes several ups. A test that times out during an up would leave its lock to the next tests.
  this.timeout(1_800_000);
  const served = servedEnvironment(CONFIG);

  /** Kills the program of a pod, and waits until the pod is ready again. */
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

  /** Runs an up. @returns its changes, as `operation name` */
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

  /** Does the same as `make repair`: an up that refreshes first and overwrites fields that others own. */
  async function repaired(): Promise<string[]> {
    const { envVars } = served.environment.embedded.stack.workspace;
    envVars.PULUMI_K8S_ENABLE_PATCH_FORCE = "true";
    return up({ refresh: true }).finally(() => delete envVars.PULUMI_K8S_ENABLE_PATCH_FORCE);
  }

  /** Losses that the fault does not explain. */
  const unlike = (lost: readonly Lost[], kind: RegExp): Lost[] => lost.filter(({ what }) => !kind.test(what));

  const begins = (event: EngineEvent, op: string, name: string): boolean =>
    event.resourcePreEvent?.metadata.op === op && event.resourcePreEvent.metadata.urn.endsWith(`::${name}`);

  /** The resources in the stack's state. */
  async function resources(): Promise<readonly StateResource[]> {
    const { deployment } = (await served.environment.embedded.stack.exportStack()) as { deployment: StackState };
    return deployment.resources ?? [];
  }

  /** Runs one of the project's commands on the stack, as `make` does. */
  async function command(script: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const options = ["-r", "./loader.cjs", script, "--stack", "local"];
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

  describe("of programs", () => {
    // The number of lost requests is only printed, because it depends on how fast the machine detects the fault.
    it("a killed replica loses only its requests in flight, and requests until the fault is detected", async () => {
      const { lost, answered } = await served.underLoad("a replica is killed", () => killed(REPLICAS));
      assert.ok(answered > 0);
      assert.deepEqual(unlike(lost, /^503|aborted|socket hang up/), []);
      assert.equal(await served.ask(), 200);
    });

    it("without the endpoint picker, which fails closed, requests get 500 until it is restarted", async () => {
      const { lost, answered } = await served.underLoad("the endpoint picker is killed", () =>
        killed("llm-d-gaie-epp-"),
      );
      assert.ok(answered > 0);
      assert.deepEqual(unlike(lost, /^500|aborted|socket hang up/), []);
      assert.equal(await served.ask(), 200);
    });

    it("a killed istiod loses no request", async () => {
      const { lost } = await served.underLoad("istiod is killed", () => killed("istiod-"));
      assert.deepEqual(lost, []);
    });

    it("a kill of the API server and etcd during an up loses no request, and the next up continues", async () => {
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
    it("of two ups at once, the first succeeds, and the second fails with the lock in its message", async () => {
      const second = await served.environment.reopen(CONFIG);
      served.environment = await served.environment.reopen(CONFIG);
      let refusal: Promise<unknown> | undefined;
      const done = await up({
        onEvent: (event) => {
          // The engine's first event. It takes the lock before that.
          if (event.preludeEvent === undefined) return;
          refusal ??= second.embedded.stack.up({ color: "never" }).then(() => "not refused", messageOf);
        },
      });
      assert.deepEqual(done, ["update ms"]);
      assert.match(String(await refusal), /the stack is currently locked by 1 lock\(s\)/);
    });

    it("a deleted and an edited object are found by a refresh and repaired by an up", async () => {
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

    it("the destroy of a protected stack is refused with advice before anything is deleted", async () => {
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

    it("a deleted CRD and its objects are repaired by an up", async () => {
      const kinds = served.environment.kubeconfig.makeApiClient(k8s.ApiextensionsV1Api);
      await kinds.deleteCustomResourceDefinition({ name: "httproutes.gateway.networking.k8s.io" });
      await eventually(
        "the route is gone",
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
    it("a chart that cannot be pulled makes an up fail with the chart's name, and nothing changes", async () => {
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

    it("the half-written files of a full disk are repaired by the next command", async () => {
      const locks = served.environment.state.path("pulumi", ".pulumi", "locks", "organization", "llm-d", "local");
      fs.mkdirSync(locks, { recursive: true });
      fs.writeFileSync(`${locks}/of-a-full-disk.json.18ea77bfc4a83279.tmp`, "");
      // An empty file is left when the disk is full or the process is killed while it writes the state's attributes.
      const attributes = served.environment.state.path("pulumi", ".pulumi", "stacks", "llm-d", "local.json.attrs");
      assert.ok(fs.existsSync(attributes));
      fs.writeFileSync(attributes, "");
      served.environment = await served.environment.reopen(CONFIG);
      assert.deepEqual(await up(), []);
    });
  });

  describe("during an up", () => {
    /**
     * Starts an up and kills its engine when it has begun to make this many objects. Then it opens the stack, as the next
     * command does. Objects are counted, not named, because the order of independent objects is not fixed.
     */
    async function killedAfter(creations: number, options: OpenOptions = {}): Promise<void> {
      let [begun, struck] = [0, false];
      await assert.rejects(
        served.environment.embedded.stack.up({
          color: "never",
          onEvent: (event) => {
            const { op, type = "" } = event.resourcePreEvent?.metadata ?? {};
            if (op === "create" && /^(kubernetes|llmd-crds):/.test(type)) begun++;
            if (struck || begun < creations) return;
            struck = true;
            process.kill(enginePid(), "SIGKILL");
          },
        }),
      );
      assert.ok(struck, `only ${begun} objects were made`);
      served.environment = await served.environment.reopen(CONFIG, options);
    }

    /** Destroys the stack as a user does, and checks that nothing is left. */
    const destroyed = async (): Promise<void> => {
      const { code, text } = await command("operations/destroy/cli.ts", "--", "--yes", "--skip-preview");
      assert.equal(code, 0, text);
      assert.deepEqual(await resources(), []);
      await nothingLeft(served.environment.kubeconfig, served.before);
    };

    it("ups killed at different points are repaired by an up, and a destroy then leaves nothing", async () => {
      await served.environment.embedded.stack.destroy({ color: "never" });
      for (const creations of [1, 20]) await killedAfter(creations);
      await up();
      assert.equal(await served.ask(), 200);
      await destroyed();
    });

    // Objects that the engine was creating are not in the state. The destroy must import them first.
    it("a destroy after a killed up leaves nothing, without another up", async () => {
      await served.environment.embedded.stack.destroy({ color: "never" });
      await killedAfter(30, { takeOver: true });
      await destroyed();
    });

    it("a destroy without the cluster succeeds only with PULUMI_K8S_DELETE_UNREACHABLE", async () => {
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
