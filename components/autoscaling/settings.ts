import * as z from "zod";
import { chartValues, choice, field, wholeNumber } from "../../settings/fields";

/** Who installs KEDA. */
export const AUTOSCALING_OPERATORS = ["keda", "preinstalled"] as const;

/** The autoscaling section: what all models share. */
export const autoscalingSchema = field(
  z.strictObject({
    operator: choice(
      AUTOSCALING_OPERATORS,
      "Who installs KEDA where a model is autoscaled: this program, or somebody who did so before.",
    ).default("keda"),
    values: chartValues("Merged over the values of the KEDA chart, for what no setting covers.").default({}),
  }),
  { description: "What scales models.", expected: "an object with operator or values" },
);

/** The autoscaling section as the schema gives it. */
export type AutoscalingConfig = z.output<typeof autoscalingSchema>;

/** A model's autoscaling section. */
export const modelAutoscalingSchema = field(
  z.strictObject({
    minReplicas: wholeNumber(1, 256, "Fewest replicas.", "pods").default(1),
    maxReplicas: wholeNumber(1, 256, "Most replicas.", "pods"),
    waitingRequests: wholeNumber(
      1,
      10_000,
      "Requests that wait for a place in a batch, for each replica, above which there are to be more.",
      "requests",
    ).default(5),
    kvCachePercent: wholeNumber(
      1,
      100,
      "Share of a replica's KV cache that running requests hold, above which there are to be more.",
      "percent",
    ).default(80),
    pollingSeconds: wholeNumber(5, 600, "How often Prometheus is asked.", "seconds").default(15),
    cooldownSeconds: wholeNumber(
      0,
      3600,
      "How long fewer replicas have to have been enough before one goes.",
      "seconds",
    ).default(600),
  }),
  {
    description: "Lets KEDA own the number of replicas, by the queue and the KV cache in use, in place of `replicas`.",
    expected: "an object with at least maxReplicas",
  },
);
