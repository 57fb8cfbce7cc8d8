import type { ClusterApi } from "./clusterApi";

/** A persistent volume of a cluster. */
export interface Volume {
  /** Name of the PersistentVolume. */
  readonly name: string;
  /** The disk behind it, as its driver calls it: `vol-0123456789abcdef0`. */
  readonly disk: string;
  /** Name of the CSI driver that made the disk and deletes it. */
  readonly driver: string;
  /** Whether the disk is deleted once nobody claims the volume any more. */
  readonly deleted: boolean;
  /** The claim that has the volume, as `namespace/name`; undefined when it has been given up. */
  readonly claim?: string;
}

/** Lists the volumes of the environment's cluster; called only when a hook runs. */
export type ListVolumes = () => Promise<readonly Volume[]>;

/** All volumes of the cluster that a CSI driver made. */
export async function listVolumes({ core }: ClusterApi): Promise<Volume[]> {
  const { items } = await core.listPersistentVolume();
  return items.flatMap(({ metadata, spec, status }) => {
    if (spec?.csi === undefined) return [];
    const { namespace = "", name = "" } = spec.claimRef ?? {};
    return [
      {
        name: metadata?.name ?? "",
        disk: spec.csi.volumeHandle,
        driver: spec.csi.driver,
        deleted: spec.persistentVolumeReclaimPolicy === "Delete",
        ...(status?.phase === "Bound" ? { claim: `${namespace}/${name}` } : {}),
      },
    ];
  });
}
