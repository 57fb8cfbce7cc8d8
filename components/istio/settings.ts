import * as z from "zod";
import { bytes, chartValues, cpu, field, wholeNumber } from "../../settings/fields";
import { problem, type Problem, show } from "../../settings/problems";
import { type Partially, record, valueAt } from "../../settings/values";

/** The Istio installation. */
export const istioSchema = field(
  z.strictObject({
    pilot: field(
      z.strictObject({
        replicas: wholeNumber(1, 10, "Replicas of istiod.", "pods").default(1),
        resources: field(
          z.strictObject({
            cpu: cpu("CPU requested for each replica.").default("500m"),
            memory: bytes("Memory requested for each replica.").default("2Gi"),
          }),
          { description: "What each replica of istiod requests.", expected: "an object with cpu and memory" },
        ).prefault({}),
      }),
      { description: "Istio's control plane.", expected: "an object of istiod settings" },
    ).prefault({}),
    values: chartValues("Merged over the values of the istiod chart. For options without a setting.").default({}),
  }),
  { description: "The Istio installation.", expected: "an object of Istio settings" },
);

/** Istio as the schema gives it. */
export type IstioConfig = z.output<typeof istioSchema>;

/** istiod ignores InferencePools without this variable. The program always sets it. */
export const PILOT_SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

/** Only the program may set Istio's images and the switch for the Inference Extension. */
export function istioRules({ istio }: Partially<{ istio: IstioConfig }>): Problem[] {
  const problems: Problem[] = [];
  const values = record(istio?.values);
  for (const section of [[], ["pilot"]]) {
    const value = valueAt(values, [...section, "env", PILOT_SWITCH]);
    if (value !== undefined && String(value) !== "true") {
      problems.push(
        problem(
          ["istio", "values", ...section, "env", PILOT_SWITCH],
          `${show(value)} would make istiod ignore every InferencePool; remove it, the program sets it to "true"`,
        ),
      );
    }
  }
  for (const section of ["global", "pilot"]) {
    for (const key of ["hub", "tag"]) {
      if (record(values[section])[key] !== undefined) {
        problems.push(
          problem(
            ["istio", "values", section, key],
            `names an image outside the table of versions; remove it and set versions.istio or versions.images.pilot.${key}`,
          ),
        );
      }
    }
  }
  return problems;
}
