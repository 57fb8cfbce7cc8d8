import * as z from "zod";
import { choice, field, wholeNumber } from "../../settings/fields";
import { problem, type Problem } from "../../settings/problems";
import type { Partially } from "../../settings/values";
import { prefixCacheSchema, weightsSchema } from "./scorers";

/** The endpoint picker of every model. */
export const endpointPickerSchema = field(
  z.strictObject({
    // Only the leader passes its readiness probe (v1.3.1), so a release with more replicas would wait for ever.
    replicas: field(z.literal(1), {
      description: "Replicas of the endpoint picker.",
      expected: "1, because only the active replica becomes ready",
      unit: "pods",
    }).default(1),
    failureMode: choice(
      ["FailClose", "FailOpen"],
      "What the gateway does while no endpoint picker answers. FailClose refuses requests. FailOpen sends a request to any replica if its body has not been forwarded yet; on Istio 1.27 these are few (docs/faults.md).",
    ).default("FailClose"),
    weights: weightsSchema.prefault({}),
    prefixCache: prefixCacheSchema.prefault({}),
    logVerbosity: wholeNumber(0, 5, "Verbosity of the endpoint picker's log (its --v flag).", "level").default(1),
    drainSeconds: wholeNumber(
      0,
      600,
      "How long a replaced endpoint picker continues with its running requests. 30 seconds later it cuts them off. Values above 0 need Kubernetes 1.30. Below 30, an update that also replaces istiod may lose requests. With 0 it ends at once, and every update loses requests.",
      "seconds",
    ).default(60),
  }),
  { description: "The endpoint picker (EPP) of every model.", expected: "an object of endpoint picker settings" },
);

/** The endpoint picker as the schema gives it. */
export type EndpointPickerConfig = z.output<typeof endpointPickerSchema>;

/** Checks that at least one scorer counts. */
export function endpointPickerRules({
  endpointPicker,
}: Partially<{ endpointPicker: EndpointPickerConfig }>): Problem[] {
  const weights = Object.values(endpointPicker?.weights ?? {});
  return weights.length > 0 && weights.every((weight) => weight === 0)
    ? [problem(["endpointPicker", "weights"], "are all 0, so no scorer counts; write at least one above 0")]
    : [];
}
