import { closeConnections } from "./client/endpoint";
import { type Measurement, validateModel } from "./measure";
import type { ModelResult, ValidationResult } from "./result";

/** Validates every model of an environment, one after the other, so that none is in another's way. */
export async function validate(measurement: Measurement): Promise<ValidationResult> {
  const { settings } = measurement;
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const models: ModelResult[] = [];
  try {
    for (const model of settings.models) models.push(await validateModel(model, measurement));
  } finally {
    closeConnections();
  }
  return {
    startedAt,
    seconds: (performance.now() - began) / 1000,
    verdict: models.every(({ verdict }) => verdict === "passed") ? "passed" : "failed",
    thresholds: settings.thresholds,
    workload: settings.workload,
    rounds: settings.rounds,
    concurrency: settings.concurrency,
    models,
  };
}
