import type { ClusterApi } from "./clusterApi";

/** A persistent volume of a cluster. */
export interface Volume {
  /** Name of the PersistentVolume. */
  readonly name: string;
  /** The driver's name of the disk, such as `vol-0123456789abcdef0`. */
  readonly disk: string;
  /** Name of the CSI driver that creates and deletes the disk. */
  readonly driver: string;
  /** Whether the disk is deleted together with the claim. */
  readonly deleted: boolean;
  /** The claim of the volume, as `namespace/name`; undefined once it is deleted. */
  readonly claim?: string;
}

/** Lists the volumes of the environment's cluster; called only when a hook runs. */
export type ListVolumes = () => Promise<readonly Volume[]>;

/** All volumes of the cluster that a CSI driver created. */
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
