import { type Path, problem, type Problem } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import type { ParsedModel } from "../serving/settings";

/** The part of the configuration that is looked at. */
type Configured = Partially<{
  models: ParsedModel[];
  monitoring: { mode: string; bringYourOwn: { prometheusUrl: string } };
}>;

/** Checks that a model that is autoscaled can be. */
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
      const why = mode === "off" ? "which asks nobody how long queues are" : "whose Prometheus asks for a token";
      const message = `is not possible with monitoring.mode ${mode}, ${why}; remove it, or write stack or bring-your-own`;
      problems.push(problem(at(), message));
    } else if (mode === "bring-your-own" && monitoring?.bringYourOwn?.prometheusUrl === undefined) {
      const message =
        "needs monitoring.bringYourOwn.prometheusUrl, where it asks how long queues are; write it, or remove autoscaling";
      problems.push(problem(at(), message));
    }
    return problems;
  });
}
