import * as z from "zod";
import { choice, field, wholeNumber } from "../../settings/fields";
import { problem, type Problem } from "../../settings/problems";
import type { Partially } from "../../settings/values";
import { prefixCacheSchema, weightsSchema } from "./scorers";

/** The endpoint picker of every model. */
export const endpointPickerSchema = field(
  z.strictObject({
    // Of several, only the leader passes its readiness probe (v1.3.1), so that the release would wait for the others for ever.
    replicas: field(z.literal(1), {
      description: "Replicas of the endpoint picker.",
      expected: "1: of several, only the active one becomes ready",
      unit: "pods",
    }).default(1),
    failureMode: choice(
      ["FailClose", "FailOpen"],
      "What the gateway does while no endpoint picker answers: refuse requests, or send those to any replica whose body has not been sent on yet, which on Istio 1.27 are few (docs/faults.md).",
    ).default("FailClose"),
    weights: weightsSchema.prefault({}),
    prefixCache: prefixCacheSchema.prefault({}),
    logVerbosity: wholeNumber(0, 5, "Verbosity of the endpoint picker's log (its --v flag).", "level").default(1),
    drainSeconds: wholeNumber(
      0,
      600,
      "How long an endpoint picker that is replaced goes on with the requests that it has under way; 30 seconds more, and it cuts them off. Above 0 it takes Kubernetes 1.30. Below 30 an update that replaces istiod too may lose requests, and at 0, which ends it at once, every update does.",
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
    ? [problem(["endpointPicker", "weights"], "are all 0, so that no scorer counts; write at least one above 0")]
    : [];
}
