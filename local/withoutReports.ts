import type { OutputMap, Stack } from "@pulumi/pulumi/automation";

/**
 * The same stack, whose operations do not report outputs and a summary: the SDK reads both with three more commands after each `up`.
 * `outputs()` and `info()` still read them.
 */
export function withoutReports(stack: Stack): Stack {
  const silent = Object.create(stack, {
    outputs: { value: (): Promise<OutputMap> => Promise.resolve({}) },
    info: { value: () => Promise.resolve(undefined) },
  }) as Stack;
  return Object.create(stack, {
    up: { value: silent.up.bind(silent) },
    refresh: { value: silent.refresh.bind(silent) },
    destroy: { value: silent.destroy.bind(silent) },
  }) as Stack;
}
