import {
  ConfigError,
  type EnvironmentConfig,
  parseConfig,
  type RawConfig,
  type TokenSetting,
} from "../../../stacks/config";
import type { ParseOptions, Problem } from "../../../stacks/config";

/** A token of the right form that belongs to nobody. */
export const TOKEN: TokenSetting = { value: "hf_notARealTokenOfAnybody", secret: true };

/** The least that makes a valid configuration. */
export const GOOD: RawConfig = {
  platform: "existing",
  kubernetes: { kubeconfig: "/etc/cluster/kubeconfig", context: "cluster" },
  models: [{ name: "meta-llama/Llama-3.1-8B-Instruct" }],
};

/** The good configuration with some keys replaced. */
export function parse(change: RawConfig = {}, token = TOKEN, options: ParseOptions = {}): EnvironmentConfig {
  return parseConfig({ ...GOOD, ...change }, token, options);
}

/** The good configuration with one model that has these fields beside its name. */
export function model(fields: RawConfig): RawConfig {
  return { models: [{ name: "meta-llama/Llama-3.1-8B-Instruct", ...fields }] };
}

/** The problems of a configuration; fails the test when there are none. */
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
