import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { modelFullName } from "../naming";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { modelValues, type ModelSettings } from "./modelValues";

/** Arguments of a model server. */
export interface ModelServerArgs {
  readonly installation: Installation;
  /** Name of the Helm release; the pods are named `<release>-llm-d-modelservice-decode-*`. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  readonly model: ModelSettings;
  /** Whole reference of the vLLM image. */
  readonly image: string;
  /** Labels of the pods, which the pool selects. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Name of the secret with the Hugging Face token. */
  readonly authSecretName: pulumi.Input<string>;
  /** ServiceAccount of the pods. */
  readonly serviceAccountName: pulumi.Input<string>;
  /** Whether an autoscaler owns the number of replicas; `model.replicas` is then the most that it may make. */
  readonly autoscaled: boolean;
}

/**
 * Leaves the number of replicas to the autoscaler. From the project's folder, which the provider starts in, so that the state
 * has the same path on every machine.
 */
const WITHOUT_REPLICAS = "./components/serving/withoutReplicas.cjs";

/** Helm waits this much longer than the replicas may take, in seconds: pods are scheduled and images pulled first. */
const TIMEOUT_MARGIN_SECONDS = 300;

/** How long an update may take, in seconds: its replicas drain and load one after the other, or as many at once as may. */
export function rolloutSeconds(model: ModelSettings): number {
  const { maxUnavailable, maxSurge } = model.rollout;
  const rounds = Math.ceil(model.replicas / Math.max(1, maxUnavailable + maxSurge));
  return rounds * (model.startupTimeoutSeconds + model.drainSeconds) + TIMEOUT_MARGIN_SECONDS;
}

/** The replicas that serve a model (vLLM, decode and prefill in one), and how many of them drained nodes may take at once. */
export class ModelServer extends pulumi.ComponentResource {
  /** Name of the Helm release, known once all replicas are ready. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServer", name, {}, opts);
    const { model, image, podLabels, authSecretName, serviceAccountName } = args;
    const release = helmRelease(
      name,
      {
        installation: args.installation,
        chart: "llm-d-modelservice",
        releaseName: args.releaseName,
        namespace: args.namespace,
        values: modelValues({ model, image, podLabels, authSecretName, serviceAccountName }),
        timeoutSeconds: rolloutSeconds(model),
        ...(args.autoscaled ? { postRenderer: WITHOUT_REPLICAS } : {}),
      },
      childOptions(this, opts),
    );
    // Nodes are drained (for an update of theirs, or to save them) one replica after the other. One that is not ready anyway,
    // such as one that cannot load, does not hold its node back.
    const fullName = modelFullName(args.releaseName);
    new k8s.policy.v1.PodDisruptionBudget(
      fullName,
      {
        metadata: { name: `${fullName}-decode`, namespace: args.namespace },
        spec: {
          selector: { matchLabels: { ...podLabels } },
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      childOptions(this, opts),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
