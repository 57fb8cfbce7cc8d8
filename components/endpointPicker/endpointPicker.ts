import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { helmRelease } from "../charts/release";
import type { Installation } from "../installation";
import { endpointPickerValues, type EndpointPickerValuesArgs } from "./endpointPickerValues";

/** Arguments of a model's endpoint picker. */
export interface EndpointPickerArgs extends EndpointPickerValuesArgs {
  readonly installation: Installation;
  /** Name of the Helm release, and by the chart's doing of the InferencePool. */
  readonly releaseName: string;
  readonly namespace: pulumi.Input<string>;
  /**
   * Whether an update starts the new one before the old one ends. What sees to that is a program of this project, so the
   * component has to be used in it.
   */
  readonly rolling: boolean;
  /** How long to wait until it is ready, in seconds. */
  readonly timeoutSeconds: number;
}

/** Has updates roll. From the project's folder, which the provider starts in, so that the state has the same path everywhere. */
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
