import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import { gpuClient, type GpuClient } from "./gpuClient";
import type { NodeState } from "./gpuState";
import type { GpuExpectation, GpuNodes, Verdict } from "./readiness";
import { runSmokeTest } from "./runSmokeTest";
import { waitForGpus } from "./waitForGpus";

/** Arguments of the wait for GPUs. */
export interface GpuReadinessArgs {
  readonly installation: Pick<Installation, "connect">;
  /** Namespace of the record and of the smoke test: that of the models. */
  readonly namespace: pulumi.Input<string>;
  readonly expectation: GpuExpectation;
  /** How long to wait, in seconds; 0 checks once. */
  readonly timeoutSeconds: number;
  /**
   * The test of one GPU.
   *
   * @default no test
   */
  readonly smokeTest?: { readonly image: string; readonly timeoutSeconds: number };
  /** Settings of the operator; a change of any of them starts another wait. */
  readonly settings: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Waits until pods can request GPUs: the operator is ready, every GPU node advertises all its GPUs, and a pod gets a working one.
 * It is a ConfigMap with the expectation, and its hook waits before the ConfigMap is created or changed. No provider waits for an
 * operator's status, and a hook after the creation could not stop the resources that depend on it.
 */
export class GpuReadiness extends pulumi.ComponentResource {
  constructor(name: string, args: GpuReadinessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:GpuReadiness", name, args, opts);
    const wait = new pulumi.ResourceHook(`${name}-wait`, async (hook) => {
      const inputs = hook.newInputs as { metadata: { namespace: string } };
      const client = gpuClient(await args.installation.connect());
      await awaitGpus(client, args, inputs.metadata.namespace, (message) => void pulumi.log.info(message, this));
    });
    const { expectation, smokeTest } = args;
    new k8s.core.v1.ConfigMap(
      name,
      {
        metadata: { name, namespace: args.namespace },
        data: {
          ...args.settings,
          nodes: expectation.nodes.map(describe).join("; "),
          smokeTest: smokeTest === undefined ? "none" : smokeTest.image,
        },
      },
      { ...childOptions(this, opts), hooks: { beforeCreate: [wait], beforeUpdate: [wait] } },
    );
    this.registerOutputs();
  }
}

/** The expectation for a group of nodes, as text. */
function describe({ name, minimum, perNode, model }: GpuNodes): string {
  const each = perNode === undefined ? "at least one GPU" : `${perNode} GPUs`;
  return `${minimum} or more ${name}, each with ${each}${model === undefined ? "" : ` ${model}`}`;
}

/** Waits, then runs the smoke test of each group of nodes. */
export async function awaitGpus(
  client: GpuClient,
  args: Pick<GpuReadinessArgs, "expectation" | "smokeTest" | "timeoutSeconds">,
  namespace: string,
  report: (message: string) => void,
): Promise<void> {
  const { expectation, smokeTest } = args;
  const verdict = await waitForGpus(() => client.readGpuState(), expectation, {
    timeoutSeconds: args.timeoutSeconds,
    report,
  });
  for (const [index, group] of expectation.nodes.entries()) {
    if ((verdict.found[index] ?? []).length === 0) {
      report(`no ${group.name} exist at this time, so nothing waits for their GPUs`);
    } else if (smokeTest !== undefined) {
      for (const { jobName, nodeSelector } of smokeTargets(group, index, verdict)) {
        const test = { ...smokeTest, jobName, namespace, nodeSelector };
        await runSmokeTest(client, group.model === undefined ? test : { ...test, model: group.model }, { report });
      }
    }
  }
}

/** Label with the model of a node's GPUs, by GPU Feature Discovery. */
const PRODUCT_LABEL = "nvidia.com/gpu.product";

/** Label that every node has. */
const HOST_LABEL = "kubernetes.io/hostname";

/** The tests of a group: one for nodes with a selector, else one for each product that was found. */
export function smokeTargets(
  { selector }: GpuNodes,
  index: number,
  { found }: Verdict,
): { readonly jobName: string; readonly nodeSelector: Readonly<Record<string, string>> }[] {
  const jobName = `gpu-smoke-test-${index}`;
  if (selector !== undefined) return [{ jobName, nodeSelector: selector }];
  const nodes = found[index] ?? [];
  const products = [...new Set(nodes.map(({ labels }) => labels[PRODUCT_LABEL]))].sort();
  return products.map((product, place) => ({
    jobName: `${jobName}-${place}`,
    nodeSelector:
      product === undefined ? unlabelledNode(nodes) : ({ [PRODUCT_LABEL]: product } satisfies Record<string, string>),
  }));
}

/** Selector of the first node without product label. */
function unlabelledNode(nodes: readonly NodeState[]): Record<string, string> {
  const node = nodes.find(({ labels }) => labels[PRODUCT_LABEL] === undefined);
  return { [HOST_LABEL]: node?.labels[HOST_LABEL] ?? "" };
}
