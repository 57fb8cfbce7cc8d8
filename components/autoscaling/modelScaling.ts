import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { scaledObjectSpec, type ScaledObjectArgs } from "./scaledObject";

/** Arguments of a model's autoscaling. */
export interface ModelScalingArgs extends Omit<ScaledObjectArgs, "prometheusUrl"> {
  readonly prometheusUrl: pulumi.Input<string>;
  /** How long to wait until KEDA has accepted it, in seconds. */
  readonly timeoutSeconds: number;
}

/** The ScaledObject that gives KEDA the number of a model's replicas. */
export class ModelScaling extends pulumi.ComponentResource {
  /** Name of the ScaledObject, known once KEDA has accepted it. */
  readonly scaledObjectName: pulumi.Output<string>;

  constructor(name: string, args: ModelScalingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:autoscaling:ModelScaling", name, args, opts);
    const { timeoutSeconds, prometheusUrl, ...spec } = args;
    const scaledObject = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: {
          name: args.deployment,
          namespace: args.namespace,
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: pulumi.output(prometheusUrl).apply((url) => scaledObjectSpec({ ...spec, prometheusUrl: url })),
      },
      {
        ...childOptions(this, opts),
        customTimeouts: { create: `${timeoutSeconds}s`, update: `${timeoutSeconds}s` },
      },
    );
    this.scaledObjectName = scaledObject.metadata.name;
    this.registerOutputs({ scaledObjectName: this.scaledObjectName });
  }
}
