import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type { Deployment, EngineEvent } from "@pulumi/pulumi/automation";
import * as k8s from "@kubernetes/client-node";
import { complete } from "../../local/completion";
import { eventually, type TestEnvironment } from "../support/environment";
import { descendants } from "../../local/processes";
import { replaceEnvironment, sharedEnvironment } from "../support/shared";

/** The process id of the engine that this process started. */
function enginePid(): number {
  const engine = descendants(process.pid).find((entry) => /\/pulumi up /.test(entry.commandLine));
  if (engine === undefined) throw new Error("no engine runs");
  return engine.pid;
}

interface Resource {
  urn: string;
  type: string;
}

interface State {
  deployment: { pending_operations?: { type: string; resource: Resource }[] };
}

/** The pending operations of a state, as `creating NAME`. */
const underWay = ({ deployment }: State): string[] =>
  (deployment.pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);

async function resources(environment: TestEnvironment): Promise<Resource[]> {
  const exported = (await environment.embedded.stack.exportStack()) as Deployment & {
    deployment: { resources?: Resource[]; pending_operations?: unknown[] };
  };
  assert.deepEqual(exported.deployment.pending_operations ?? [], []);
  return exported.deployment.resources ?? [];
}

describe("an up whose engine is killed", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  before(async () => {
    environment = await (await sharedEnvironment()).rebase({ "monitoring.mode": "off" });
    replaceEnvironment(environment);
    // When this file runs alone, the stack is empty, and Pulumi refuses to destroy an empty stack.
    if ((await environment.embedded.stack.history(1)).length > 0) {
      await environment.embedded.stack.destroy({ color: "never" });
    }
  });

  /**
   * Starts an up and kills the engine when `at` returns true, while the resource `pending` is being made. Then it opens the
   * stack again, as a user's next command does. That repairs the state.
   */
  async function killedUp(pending: RegExp, at: (event: EngineEvent) => Promise<boolean> | boolean): Promise<void> {
    let killed = false;
    const up = environment.embedded.stack.up({
      color: "never",
      onEvent: async (event) => {
        if (killed || !(await at(event)) || killed) return;
        killed = true;
        process.kill(enginePid(), "SIGKILL");
      },
    });
    await assert.rejects(up);
    assert.ok(killed, "the condition never held");
    const under = underWay((await environment.embedded.stack.exportStack()) as unknown as State);
    assert.ok(
      under.some((operation) => pending.test(operation)),
      `pending operations: ${under.join(", ")}`,
    );
    environment = await environment.reopen();
    replaceEnvironment(environment);
  }

  const begins = (event: EngineEvent, type: string, name: string): boolean => {
    const metadata = event.resourcePreEvent?.metadata;
    return metadata?.op === "create" && metadata.type.endsWith(type) && metadata.urn.endsWith(`::${name}`);
  };

  /** Waits until the state has the pending operation, which the engine writes a moment after its event. */
  async function beingMade(operation: RegExp): Promise<boolean> {
    const file = environment.state.path("pulumi", ".pulumi", "stacks", "llm-d", "local.json");
    await eventually(
      `the state has the operation ${operation}`,
      60_000,
      async () => {
        const { checkpoint } = JSON.parse(await fs.promises.readFile(file, "utf8")) as {
          checkpoint: { latest?: State["deployment"] };
        };
        return underWay({ deployment: checkpoint.latest ?? {} });
      },
      (under) => under.some((one) => operation.test(one)),
    );
    return true;
  }

  /** Waits until Helm has written its record of a release in installation. */
  async function beingInstalled(release: string): Promise<boolean> {
    const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const records = await eventually(
      `Helm has a record of ${release}`,
      60_000,
      () => core.listSecretForAllNamespaces({ labelSelector: `owner=helm,name=${release},status=pending-install` }),
      ({ items }) => items.length > 0,
    );
    return records.items.length > 0;
  }

  it("is completed by the next up after kills during CRDs, istiod's release and the endpoint picker's release", async () => {
    const crd = "virtualservices.networking.istio.io";
    // Network policies are made at the same time, and may be the only pending operations at that moment.
    const early = /^creating (.*\.(istio|k8s)\.io|network-policies-.*)$/;
    await killedUp(early, async (event) => begins(event, ":CustomResourceDefinition", crd) && (await beingMade(early)));
    await killedUp(
      /^creating istiod$/,
      async (event) => begins(event, ":Release", "istiod") && (await beingInstalled("istiod")),
    );
    const picker = "llm-d-gaie";
    await killedUp(
      /^creating llm-d-gaie$/,
      async (event) => begins(event, ":Release", picker) && (await beingInstalled(picker)),
    );
    await environment.embedded.stack.up({ color: "never" });

    const list = await resources(environment);
    const urns = list.map((resource) => resource.urn);
    assert.equal(new Set(urns).size, urns.length, "a resource is in the state twice");

    const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const { items } = await core.listSecretForAllNamespaces({ labelSelector: "owner=helm" });
    const releases = items.map((item) => item.metadata?.labels);
    const deployed = releases.filter((labels) => labels?.status === "deployed").map((labels) => labels?.name);
    assert.deepEqual([...deployed].sort(), ["gpu-operator", "istio-base", "istiod", "llm-d-gaie", "ms"]);
    assert.ok(
      releases.every((labels) => !labels?.status?.startsWith("pending")),
      "a release is left pending",
    );
  });

  it("leaves an environment that answers, and a preview without changes", async () => {
    const outputs = await environment.embedded.stack.outputs();
    const model = String((outputs.models?.value as string[])[0]);
    const answer = await complete(String(outputs.gatewayUrl?.value), { model, prompt: "Hello", maxTokens: 2 }, 60_000);
    assert.equal(answer.status, 200);
    const preview = await environment.embedded.stack.preview({ color: "never" });
    assert.deepEqual(Object.keys(preview.changeSummary), ["same"]);
  });
});
