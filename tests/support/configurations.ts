import {
  ConfigError,
  type EnvironmentConfig,
  parseConfig,
  type RawConfig,
  type TokenSetting,
} from "../../stacks/config";
import type { ParseOptions, Problem } from "../../stacks/config";

/** A token of the right form that is not real. */
export const TOKEN: TokenSetting = { value: "hf_notARealTokenOfAnybody", secret: true };

/** The smallest valid configuration. */
export const GOOD: RawConfig = {
  platform: "existing",
  kubernetes: { kubeconfig: "/etc/cluster/kubeconfig", context: "cluster" },
  models: [{ name: "meta-llama/Llama-3.1-8B-Instruct" }],
};

/** The smallest valid configuration with some keys replaced. */
export function parse(change: RawConfig = {}, token = TOKEN, options: ParseOptions = {}): EnvironmentConfig {
  return parseConfig({ ...GOOD, ...change }, token, options);
}

/** A configuration change: one model with a name and these fields. */
export function model(fields: RawConfig): RawConfig {
  return { models: [{ name: "meta-llama/Llama-3.1-8B-Instruct", ...fields }] };
}

/** The problems of a configuration. @throws Error when there are none */
export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems;
    }
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** Each problem on one line, as a user sees it. */
export function lines(problems: readonly Problem[]): string[] {
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

/** Changes of an object: keys are replaced, objects are merged, and `undefined` removes a key. */
type Change = Readonly<Record<string, unknown>>;

function merged(base: unknown, change: unknown): unknown {
  const isObject = (value: unknown): value is Change =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject(base) && isObject(change)
    ? Object.fromEntries(
        [...new Set([...Object.keys(base), ...Object.keys(change)])]
          .map((key) => [key, key in change ? merged(base[key], change[key]) : base[key]] as const)
          .filter(([, value]) => value !== undefined),
      )
    : change;
}

/** The smallest valid configuration on AWS. */
export const GOOD_AWS: RawConfig = {
  platform: "eks",
  aws: { region: "us-east-1" },
  models: [{ name: "meta-llama/Llama-3.1-8B-Instruct" }],
};

/** The smallest valid configuration on AWS with changes. Objects are merged. */
export function parseAws(
  aws: Change = {},
  change: Change = {},
  options: ParseOptions = { defaultName: "llm-d-test" },
): EnvironmentConfig {
  return parseConfig(merged(merged(GOOD_AWS, { aws }), change) as RawConfig, TOKEN, options);
}
