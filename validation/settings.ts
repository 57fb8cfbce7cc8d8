import * as z from "zod";
import { field, flag, text, wholeNumber } from "../settings/fields";

/** A share, from 0 to 1. */
function share(description: string) {
  return field(z.number().min(0).max(1), { description, expected: "a number from 0 to 1", unit: "fraction" });
}

const workload = field(
  z.strictObject({
    groups: wholeNumber(1, 1000, "Prefixes that are shared.", "prefixes").default(6),
    sessionsPerGroup: wholeNumber(1, 1000, "Sessions that share each prefix.", "sessions").default(3),
    turns: wholeNumber(1, 100, "Requests of each session, each of which continues the one before.", "requests").default(
      8,
    ),
    prefixTokens: wholeNumber(64, 100_000, "Length of each shared prefix.", "tokens").default(2000),
    turnTokens: wholeNumber(1, 10_000, "What each turn adds to the prompt.", "tokens").default(50),
    outputTokens: wholeNumber(2, 1000, "Tokens to generate for each request.", "tokens").default(16),
  }),
  {
    description: "The workload. Its size decides what an ideal cache could hit: 94 % with the defaults.",
    expected: "an object of workload settings",
  },
);

/** What `make validate`, the Job and the Tekton pipeline ask of the environment. The goals are those of the project. */
export const validationSchema = field(
  z.strictObject({
    onUp: flag("Validate at the end of pulumi up, as a Job; a validation that fails makes it fail.").default(false),
    tekton: flag("Install the validation as a Tekton Task and Pipeline. Tekton has to be on the cluster.").default(
      false,
    ),
    minHitRate: share("Least share of the prompts' tokens that come from the prefix cache.").default(0.9),
    minTtftImprovement: share(
      "Least share by which the median time to first token falls when the prefix is cached.",
    ).default(0.7),
    minGain: share(
      "Least difference of the hit rates through the endpoint picker and in turn over the same replicas.",
    ).default(0.03),
    maxErrorShare: share("Largest share of requests that may fail.").default(0.01),
    rounds: wholeNumber(1, 100, "Rounds through the endpoint picker, each beside one without it.", "rounds").default(3),
    concurrency: wholeNumber(1, 1000, "Sessions that run at once.", "sessions").default(6),
    headers: field(z.record(z.string(), text(/^[^\r\n]*$/, "The header's value.", "one line of text")), {
      description:
        "Headers of requests through the gateway. Not for tokens: those come from the variable VALIDATION_HEADERS.",
      expected: "an object of header names and values",
    }).default({}),
    timeoutSeconds: wholeNumber(60, 14_400, "How long the Job may take, its image included.", "seconds").default(1800),
    workload: workload.prefault({}),
  }),
  {
    description: "What the validation of a running environment asks for, and where it runs.",
    expected: "an object of validation settings",
  },
);

/** The validation section as the schema gives it. */
export type ValidationConfig = z.output<typeof validationSchema>;
