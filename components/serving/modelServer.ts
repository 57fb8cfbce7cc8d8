import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { helmRelease, type ReleaseSettings } from "../release";
import { modelValues, type ModelSettings } from "./modelValues";

/** Arguments of a model server. */
export interface ModelServerArgs {
  readonly releases: ReleaseSettings;
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
}

/** Helm waits this much longer than a replica may take, in seconds: pods are scheduled and images pulled first. */
const TIMEOUT_MARGIN_SECONDS = 300;

/** The replicas that serve a model: vLLM, decode and prefill in one. */
export class ModelServer extends pulumi.ComponentResource {
  /** Name of the Helm release, known once all replicas are ready. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServer", name, {}, opts);
    const { model, image, podLabels, authSecretName, serviceAccountName } = args;
    const release = helmRelease(
      name,
      {
        settings: args.releases,
        chart: "llm-d-modelservice",
        releaseName: args.releaseName,
        namespace: args.namespace,
        values: modelValues({ model, image, podLabels, authSecretName, serviceAccountName }),
        timeoutSeconds: model.startupTimeoutSeconds + TIMEOUT_MARGIN_SECONDS,
      },
      childOptions(this, opts),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
