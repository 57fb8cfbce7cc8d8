import * as timers from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { ListVolumes, Volume } from "../../../../components/cluster/volumes";

/** Name of the EBS driver, as volumes carry it. */
export const EBS_DRIVER = "ebs.csi.aws.com";

/** How long the driver may take to detach and delete disks, in seconds. It is a matter of a minute, when nothing is wrong. */
const RELEASE_SECONDS = 600;

/** How long a volume may still look claimed after its claim went with its namespace, in seconds. */
const UNBINDING_SECONDS = 30;

/** For how many seconds on end the cluster may leave the question unanswered. */
const SILENT_SECONDS = 10;

/**
 * The hook that keeps the EBS driver until it has deleted the disks of the environment's volumes.
 *
 * A namespace is gone once its claims are; the volumes behind them are deleted after that, by the driver, and nothing that
 * Pulumi deletes waits for it. Without the hook, disks that cost money stay whenever the driver goes first.
 */
export function volumeRelease(name: string, list: ListVolumes): pulumi.ResourceHookBinding {
  const hook = new pulumi.ResourceHook(`${name}-volume-release`, () => awaitVolumesReleased(list));
  return { beforeDelete: [hook] };
}

/**
 * Waits until no volume is left whose disk the driver has to delete.
 *
 * @throws when one is claimed in a namespace that is not this environment's, or the time is up.
 */
export async function awaitVolumesReleased(
  list: ListVolumes,
  pause: () => Promise<unknown> = () => timers.setTimeout(1000),
): Promise<void> {
  let silent = 0;
  for (let waited = 0; ; waited++) {
    try {
      const volumes = (await list()).filter(({ driver, deleted }) => driver === EBS_DRIVER && deleted);
      if (volumes.length === 0) return;
      refuse(volumes, waited);
      silent = 0;
    } catch (error) {
      if (error instanceof VolumesRemain) throw error;
      if (++silent >= SILENT_SECONDS) {
        // Nothing can be waited for in a cluster that does not answer, and destroying it is what helps then.
        await pulumi.log.warn(
          `The cluster's volumes could not be listed (${error instanceof Error ? error.message : String(error)}): ` +
            'their disks may stay behind. "make leftovers" lists them.',
        );
        return;
      }
    }
    await pause();
  }
}

/** Says that the driver must not go yet, and what to do. */
class VolumesRemain extends Error {
  override readonly name = "VolumesRemain";
}

/** Throws when waiting longer is of no use. */
function refuse(volumes: readonly Volume[], waited: number): void {
  const claimed = volumes.filter(({ claim }) => claim !== undefined);
  if (claimed.length > 0 && waited >= UNBINDING_SECONDS) {
    const claims = claimed.map(({ claim, disk }) => `${claim} (${disk})`).join(", ");
    throw new VolumesRemain(
      `Volumes are in use by claims that this stack did not make: ${claims}. Their disks would stay behind without the ` +
        "cluster: save what is needed, delete the claims, and destroy again.",
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
