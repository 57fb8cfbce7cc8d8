import type { ParsedEnvironment } from "../../stacks/environmentSchema";
import { defaultMode } from "../../monitoring/settingsRules";
import { type Path, problem, type Problem } from "../../settings/problems";
import type { Partially } from "../../stacks/environmentRules";

type Environment = Partially<ParsedEnvironment>;

/** Checks that a model that is autoscaled can be, and that nothing is written in vain. `raw` is what was written. */
export function autoscalingRules({ models, monitoring, platform }: Environment, raw: unknown): Problem[] {
  const mode = monitoring?.mode ?? defaultMode(platform);
  const written = (raw as { readonly models?: unknown } | null | undefined)?.models;
  return (Array.isArray(models) ? models : []).flatMap((model, index) => {
    const autoscaling = model?.autoscaling;
    if (autoscaling === undefined) return [];
    const at = (...rest: string[]): Path => ["models", index, "autoscaling", ...rest];
    const { minReplicas, maxReplicas } = autoscaling;
    const problems: Problem[] = [];
    if (minReplicas !== undefined && maxReplicas !== undefined && minReplicas > maxReplicas) {
      const message = `${minReplicas} is more than maxReplicas, which is ${maxReplicas}; write at most ${maxReplicas}`;
      problems.push(problem(at("minReplicas"), message));
    }
    if (Array.isArray(written) && "replicas" in Object(written[index])) {
      const message = "has no effect beside autoscaling, which owns the number; remove it";
      problems.push(problem(["models", index, "replicas"], message));
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
