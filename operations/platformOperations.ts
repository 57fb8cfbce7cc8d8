import { platformNamed } from "../stacks/platforms";
import type { PlatformOperations } from "../stacks/platforms/operations";

/** A platform whose cluster exists before the stack. The program makes nothing outside of the cluster. */
const EXISTING_CLUSTER: PlatformOperations = { checks: () => [], destroyRunsProgram: false };

/** What the operator's commands need of a platform. */
export function operationsOf(platform: string): PlatformOperations {
  return platformNamed(platform).operations?.() ?? EXISTING_CLUSTER;
}
