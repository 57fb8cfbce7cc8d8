import { problem, type Problem } from "../settings/problems";
import { list, type Partially } from "../settings/values";
import type { ParsedGateway } from "../components/gateway/settings";
import type { ParsedModel } from "../components/serving/settings";
import type { ValidationConfig } from "./settings";

/** The part of the configuration that these rules read. */
type Configured = Partially<{ validation: ValidationConfig; models: ParsedModel[]; gateway: ParsedGateway }>;

/** Checks the validation against the models that it measures. */
export function validationRules({ validation, models, gateway }: Configured): Problem[] {
  const problems: Problem[] = [];
  if (validation?.onUp === true && (gateway?.jwt !== undefined || gateway?.tls !== undefined)) {
    const message =
      "cannot be true with gateway.jwt or gateway.tls, whose tokens and certificates the Job does not have; write false and use make validate";
    problems.push(problem(["validation", "onUp"], message));
  }
  const { prefixTokens, turns, turnTokens, outputTokens } = validation?.workload ?? {};
  const known = [prefixTokens, turns, turnTokens, outputTokens].every((value) => typeof value === "number");
  const longest = (prefixTokens ?? 0) + (turns ?? 0) * (turnTokens ?? 0) + (outputTokens ?? 0);
  list(models).forEach((model, index) => {
    const context = model?.maxModelLen;
    if (validation?.onUp === true && known && typeof context === "number" && longest > context) {
      const message = `makes prompts and answers of ${longest} tokens, models[${index}].maxModelLen is ${context}; make prefixTokens or turns smaller`;
      problems.push(problem(["validation", "workload"], message));
    }
    const setting = model?.autoscaling === undefined ? "replicas" : "autoscaling.minReplicas";
    const fewest = model?.autoscaling === undefined ? model?.replicas : model.autoscaling.minReplicas;
    if (validation?.onUp === true && fewest === 1) {
      const message = `cannot pass with models[${index}].${setting}: 1, where the endpoint picker has no choice; write false, or 2 replicas or more`;
      problems.push(problem(["validation", "onUp"], message));
    }
    if (validation?.onUp === true && model?.prefixCaching === false) {
      const message = `cannot pass with models[${index}].prefixCaching: false, where nothing is cached; write false, or prefixCaching: true`;
      problems.push(problem(["validation", "onUp"], message));
    }
  });
  return problems;
}
