import { type Path, problem, type Problem } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import type { ScaledModel } from "./settings";

/** The part of the configuration that these rules read. */
type Configured = Partially<{
  models: ScaledModel[];
  monitoring: { mode: string; bringYourOwn: { prometheusUrl: string } };
}>;

/** Checks that KEDA can read the metrics of each autoscaled model. */
export function autoscalingRules({ models, monitoring }: Configured): Problem[] {
  const mode = monitoring?.mode;
  return list(models).flatMap((model, index) => {
    const autoscaling = model?.autoscaling;
    if (autoscaling === undefined) return [];
    const at = (...rest: string[]): Path => ["models", index, "autoscaling", ...rest];
    const { minReplicas, maxReplicas } = autoscaling;
    const problems: Problem[] = [];
    if (minReplicas !== undefined && maxReplicas !== undefined && minReplicas > maxReplicas) {
      const message = `${minReplicas} is more than maxReplicas, which is ${maxReplicas}; write at most ${maxReplicas}`;
      problems.push(problem(at("minReplicas"), message));
    }
    if (mode === "off" || mode === "openshift") {
      const why = mode === "off" ? "which collects no queue lengths" : "whose Prometheus requires a token";
      const message = `is not possible with monitoring.mode ${mode}, ${why}; remove it, or write stack or bring-your-own`;
      problems.push(problem(at(), message));
    } else if (mode === "bring-your-own" && monitoring?.bringYourOwn?.prometheusUrl === undefined) {
      const message =
        "needs monitoring.bringYourOwn.prometheusUrl, which KEDA queries for queue lengths; write it, or remove autoscaling";
      problems.push(problem(at(), message));
    }
    return problems;
  });
}
