import * as z from "zod";
import { field, flag, text, wholeNumber } from "../settings/fields";

/** A share, from 0 to 1. */
function share(description: string) {
  return field(z.number().min(0).max(1), { description, expected: "a number from 0 to 1", unit: "fraction" });
}

const workload = field(
  z.strictObject({
    groups: wholeNumber(1, 1000, "Number of shared prefixes.", "prefixes").default(6),
    sessionsPerGroup: wholeNumber(1, 1000, "Sessions that share each prefix.", "sessions").default(3),
    turns: wholeNumber(1, 100, "Requests of each session. Each continues the previous one.", "requests").default(8),
    prefixTokens: wholeNumber(64, 100_000, "Length of each shared prefix.", "tokens").default(2000),
    turnTokens: wholeNumber(1, 10_000, "Tokens that each turn adds to the prompt.", "tokens").default(50),
    outputTokens: wholeNumber(2, 1000, "Tokens to generate for each request.", "tokens").default(16),
  }),
  {
    description: "The workload. Its size decides the hit rate of an ideal cache: 94 % with the defaults.",
    expected: "an object of workload settings",
  },
);

/** Settings of `make validate`, the Job and the Tekton pipeline. The default goals are those of the project. */
export const validationSchema = field(
  z.strictObject({
    onUp: flag("Validate at the end of pulumi up, with a Job. If the validation fails, pulumi up fails.").default(
      false,
    ),
    tekton: flag("Install the validation as a Tekton Task and Pipeline. The cluster must have Tekton.").default(false),
    minHitRate: share("Smallest share of prompt tokens that must come from the prefix cache.").default(0.9),
    minTtftImprovement: share(
      "Smallest share by which a cached prefix must reduce the median time to first token.",
    ).default(0.7),
    minGain: share(
      "Smallest difference between the hit rates with the endpoint picker and with round robin over the same replicas.",
    ).default(0.03),
    maxErrorShare: share("Largest share of requests that may fail.").default(0.01),
    rounds: wholeNumber(
      1,
      100,
      "Rounds with the endpoint picker. Each is compared with a round without it.",
      "rounds",
    ).default(3),
    concurrency: wholeNumber(1, 1000, "Sessions that run at once.", "sessions").default(6),
    headers: field(z.record(z.string(), text(/^[^\r\n]*$/, "The header's value.", "one line of text")), {
      description:
        "Headers of requests through the gateway. Do not put tokens here: set the variable VALIDATION_HEADERS.",
      expected: "an object of header names and values",
    }).default({}),
    timeoutSeconds: wholeNumber(60, 14_400, "How long the Job may take, its image included.", "seconds").default(1800),
    workload: workload.prefault({}),
  }),
  {
    description: "Goals and workload of the validation, and where it runs.",
    expected: "an object of validation settings",
  },
);

/** The validation section as the schema gives it. */
export type ValidationConfig = z.output<typeof validationSchema>;
