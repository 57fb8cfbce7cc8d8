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
  /** Namespace of the record and of the smoke test: the models', whose pods it stands for. */
  readonly namespace: pulumi.Input<string>;
  readonly expectation: GpuExpectation;
  /** How long to wait, in seconds; 0 looks once. */
  readonly timeoutSeconds: number;
  /** Left out: no test. */
  readonly smokeTest?: { readonly image: string; readonly timeoutSeconds: number };
  /** What GPUs are made known by; a change of any of it is waited for again. */
  readonly settings: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Waits until GPUs can be asked for: the operator is ready, every GPU node advertises as many as it has, and a pod gets a
 * working one. It is a ConfigMap that says what was waited for, and whose hook waits before it is made or changed: an
 * operator's status is no provider's to wait for, and an after-hook could not stop what comes next.
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

/** What is expected of a group of nodes, in words. */
function describe({ name, minimum, perNode, model }: GpuNodes): string {
  const each = perNode === undefined ? "at least one GPU" : `${perNode} GPUs`;
  return `${minimum} or more ${name}, each with ${each}${model === undefined ? "" : ` ${model}`}`;
}

/** Waits, and runs the smoke test of each group of nodes. */
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
      report(`no ${group.name} at this time: whether they advertise their GPUs is not waited for`);
    } else if (smokeTest !== undefined) {
      for (const { jobName, nodeSelector } of smokeTargets(group, index, verdict)) {
        const test = { ...smokeTest, jobName, namespace, nodeSelector };
        await runSmokeTest(client, group.model === undefined ? test : { ...test, model: group.model }, { report });
      }
    }
  }
}

/** Label by which GPU Feature Discovery names the GPUs of a node. */
const PRODUCT_LABEL = "nvidia.com/gpu.product";

/** Label that every node has. */
const HOST_LABEL = "kubernetes.io/hostname";

/** What to test of a group: one GPU, or one of each product where nodes were found and not named. */
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

/** The first node whose GPUs nobody has named. */
function unlabelledNode(nodes: readonly NodeState[]): Record<string, string> {
  const node = nodes.find(({ labels }) => labels[PRODUCT_LABEL] === undefined);
  return { [HOST_LABEL]: node?.labels[HOST_LABEL] ?? "" };
}
