import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { modelFullName } from "../naming";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { modelValues, type ModelValuesArgs } from "./modelValues";
import type { ModelConfig } from "./settings";

/** Arguments of a model server. */
export interface ModelServerArgs extends ModelValuesArgs {
  readonly installation: Installation;
  /** Name of the Helm release, different for each model of a stack; pods are named `<release>-llm-d-modelservice-decode-*`. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  /** Whether an autoscaler owns the number of replicas; `model.replicas` is then the largest number that it may set. */
  readonly autoscaled: boolean;
}

/**
 * Leaves the number of replicas to the autoscaler. The path starts from the project's folder, where the provider starts, so that
 * the state has the same path on every machine.
 */
const WITHOUT_REPLICAS = "./components/serving/withoutReplicas.cjs";

/** How much longer Helm waits than the replicas may take, in seconds: pods are scheduled and images pulled first. */
const TIMEOUT_MARGIN_SECONDS = 300;

/** How long an update may take, in seconds: replicas drain and load in rounds of as many as the rollout allows. */
function rolloutSeconds(model: ModelConfig): number {
  const { maxUnavailable, maxSurge } = model.rollout;
  const rounds = Math.ceil(model.replicas / Math.max(1, maxUnavailable + maxSurge));
  return rounds * (model.startupTimeoutSeconds + model.drainSeconds) + TIMEOUT_MARGIN_SECONDS;
}

/** The replicas that serve a model (vLLM, decode and prefill in one), and a limit on how many of them a drain may evict at once. */
export class ModelServer extends pulumi.ComponentResource {
  /** Name of the Helm release, known once all replicas are ready. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServer", name, args, opts);
    const { installation, releaseName, namespace } = args;
    const release = helmRelease(
      name,
      {
        installation,
        chart: "llm-d-modelservice",
        releaseName,
        namespace,
        values: modelValues(args),
        timeoutSeconds: rolloutSeconds(args.model),
        ...(args.autoscaled ? { postRenderer: WITHOUT_REPLICAS } : {}),
      },
      childOptions(this, opts),
    );
    const fullName = modelFullName(releaseName);
    new k8s.policy.v1.PodDisruptionBudget(
      fullName,
      {
        metadata: { name: `${fullName}-decode`, namespace },
        spec: {
          selector: { matchLabels: { ...args.podLabels } },
          maxUnavailable: 1,
          // A replica that is not ready, for example because it cannot load, must not block the drain of its node.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      childOptions(this, opts),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
