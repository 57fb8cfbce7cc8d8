import type { PlatformOperations } from "../stacks/platforms/operations";

/**
 * The platforms that have operations of their own. Each is loaded when a command needs it, because it may load a cloud's SDK.
 * `import()` cannot do that: it takes TypeScript files only from a loader for ES modules.
 */
export const PLATFORM_OPERATIONS: Readonly<Record<string, () => { readonly operations: PlatformOperations }>> = {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  eks: () => require("../stacks/platforms/eks/operations") as typeof import("../stacks/platforms/eks/operations"),
};

/** A platform whose cluster exists before the stack. The program makes nothing outside of the cluster. */
const EXISTING_CLUSTER: PlatformOperations = { checks: () => [], destroyRunsProgram: false };

/** What the operator's commands need of a platform. */
export function operationsOf(platform: string): PlatformOperations {
  return PLATFORM_OPERATIONS[platform]?.().operations ?? EXISTING_CLUSTER;
}
