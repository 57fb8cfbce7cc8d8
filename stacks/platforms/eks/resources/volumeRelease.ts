import * as timers from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { ListVolumes, Volume } from "../../../../components/cluster/volumes";

/** Name of the EBS driver in PersistentVolumes. */
export const EBS_DRIVER = "ebs.csi.aws.com";

/** How long the driver may take to detach and delete disks, in seconds. Normally it takes a minute. */
const RELEASE_SECONDS = 600;

/** How long a volume may still look claimed after the deletion of its claim, in seconds. */
const UNBINDING_SECONDS = 30;

/** Number of failed requests in a row, one per second, after which the wait ends. */
const MAX_FAILURES = 10;

/**
 * The hook that keeps the EBS driver until it has deleted the disks of the environment's volumes.
 *
 * The deletion of a namespace waits for its claims, but not for their volumes, which the driver deletes later. No other
 * resource waits for that. Without the hook, disks that cost money would remain if the driver were deleted first.
 */
export function volumeRelease(name: string, list: ListVolumes): pulumi.ResourceHookBinding {
  const hook = new pulumi.ResourceHook(`${name}-volume-release`, () => awaitVolumesReleased(list));
  return { beforeDelete: [hook] };
}

/**
 * Waits until the driver has deleted the disks of all volumes with reclaim policy Delete.
 *
 * @throws Error when a claim of another owner uses a volume, or when the time is up
 */
export async function awaitVolumesReleased(
  list: ListVolumes,
  pause: () => Promise<unknown> = () => timers.setTimeout(1000),
): Promise<void> {
  let failures = 0;
  for (let waited = 0; ; waited++) {
    try {
      const volumes = (await list()).filter(({ driver, deleted }) => driver === EBS_DRIVER && deleted);
      if (volumes.length === 0) return;
      checkWait(volumes, waited);
      failures = 0;
    } catch (error) {
      if (error instanceof VolumesRemain) throw error;
      if (++failures >= MAX_FAILURES) {
        // A cluster that does not answer deletes no volumes. Then it is better to go on and destroy it.
        await pulumi.log.warn(
          `The cluster's volumes could not be listed (${error instanceof Error ? error.message : String(error)}): ` +
            'their disks may remain. "make leftovers" lists them.',
        );
        return;
      }
    }
    await pause();
  }
}

/** The driver must not be deleted yet; the message says what to do. */
class VolumesRemain extends Error {
  override readonly name = "VolumesRemain";
}

/** @throws VolumesRemain when it is useless to wait longer */
function checkWait(volumes: readonly Volume[], waited: number): void {
  const claimed = volumes.filter(({ claim }) => claim !== undefined);
  if (claimed.length > 0 && waited >= UNBINDING_SECONDS) {
    const claims = claimed.map(({ claim, disk }) => `${claim} (${disk})`).join(", ");
    throw new VolumesRemain(
      `Volumes are in use by claims that this stack did not make: ${claims}. Their disks would remain after the ` +
        "cluster is deleted. Save the data that you need, delete the claims, and destroy again.",
    );
  }
  if (waited >= RELEASE_SECONDS) {
    const disks = volumes.map(({ name, disk }) => `${name} (${disk})`).join(", ");
    throw new VolumesRemain(
      `The EBS driver has not deleted these volumes in ${waited} seconds: ${disks}. See why with ` +
        `"kubectl describe pv ${volumes[0]?.name}", and destroy again.`,
    );
  }
}
