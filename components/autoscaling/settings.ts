import * as z from "zod";
import { chartValues, choice, field, wholeNumber } from "../../settings/fields";

/** Who installs KEDA. */
export const AUTOSCALING_OPERATORS = ["keda", "preinstalled"] as const;

/** The autoscaling section: what all models share. */
export const autoscalingSchema = field(
  z.strictObject({
    operator: choice(
      AUTOSCALING_OPERATORS,
      "Who installs KEDA if a model is autoscaled: keda (this program) or preinstalled (somebody else).",
    ).default("keda"),
    values: chartValues("Merged over the values of the KEDA chart. For options without a setting.").default({}),
  }),
  { description: "Autoscaling of models.", expected: "an object with operator or values" },
);

/** The autoscaling section as the schema gives it. */
export type AutoscalingConfig = z.output<typeof autoscalingSchema>;

/** A model's autoscaling section. */
export const modelAutoscalingSchema = field(
  z.strictObject({
    minReplicas: wholeNumber(1, 256, "Smallest number of replicas.", "pods").default(1),
    maxReplicas: wholeNumber(1, 256, "Largest number of replicas.", "pods"),
    waitingRequests: wholeNumber(
      1,
      10_000,
      "Waiting requests for each replica. Above this number KEDA adds replicas.",
      "requests",
    ).default(5),
    kvCachePercent: wholeNumber(
      1,
      100,
      "Share of the KV cache that running requests use. Above this share KEDA adds replicas.",
      "percent",
    ).default(80),
    pollingSeconds: wholeNumber(5, 600, "Time between two queries of Prometheus.", "seconds").default(15),
    cooldownSeconds: wholeNumber(
      0,
      3600,
      "How long fewer replicas must be enough before KEDA removes one.",
      "seconds",
    ).default(600),
  }),
  {
    description: "Lets KEDA set the number of replicas by queue length and KV cache usage. It replaces `replicas`.",
    expected: "an object with at least maxReplicas",
  },
);

/** A model's autoscaling section as the schema gives it. */
export type ModelAutoscaling = z.output<typeof modelAutoscalingSchema>;

/** The part of a model that autoscaling reads. */
export interface ScaledModel {
  readonly id?: string | undefined;
  readonly autoscaling?: ModelAutoscaling | undefined;
}
