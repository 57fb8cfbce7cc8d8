import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { endpointPickerValues, type EndpointPickerValuesArgs } from "./endpointPickerValues";

/** Arguments of a model's endpoint picker. */
export interface EndpointPickerArgs extends EndpointPickerValuesArgs {
  readonly installation: Installation;
  /** Name of the Helm release; the chart gives the InferencePool the same name. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  /**
   * Whether an update starts the new endpoint picker before the old one ends. That needs a program of this project's folder, so
   * it works only in this project.
   */
  readonly rolling: boolean;
  /** How long to wait until it is ready, in seconds. */
  readonly timeoutSeconds: number;
}

/** Makes updates roll. The path starts from the project's folder, so that the state has the same path on every machine. */
const ROLLING = "./components/serving/rollingPicker.cjs";

/** A model's InferencePool and the endpoint picker (EPP) that chooses the replica for each request. */
export class EndpointPicker extends pulumi.ComponentResource {
  /** Name of the InferencePool, known once its endpoint picker is ready. */
  readonly poolName: pulumi.Output<string>;
  /** API group of the pool's kind. */
  readonly poolGroup: string;

  constructor(name: string, args: EndpointPickerArgs, opts?: pulumi.ComponentResourceOptions) {
    const values = endpointPickerValues(args);
    super("llmd:serving:EndpointPicker", name, args, opts);
    const release = helmRelease(
      name,
      {
        installation: args.installation,
        chart: "inferencepool",
        releaseName: args.releaseName,
        namespace: args.namespace,
        values,
        timeoutSeconds: args.timeoutSeconds,
        ...(args.rolling ? { postRenderer: ROLLING } : {}),
      },
      childOptions(this, opts),
    );
    this.poolName = release.name;
    this.poolGroup = args.inferencePoolApi.split("/")[0] ?? "";
    this.registerOutputs({ poolName: this.poolName });
  }
}
