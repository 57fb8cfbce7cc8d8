import * as k8s from "@kubernetes/client-node";
import { T } from "../fakes/aws/rules";
import type { AwsAccount } from "./aws";
import { FakeController } from "./fakeController";

/** Name of the EBS CSI driver. Its EKS add-on installs it. */
const DRIVER = "ebs.csi.aws.com";
const ADDON = "aws-ebs-csi-driver";

/** How long the driver takes to delete a disk. Longer than any other step after the deletion of its claim. */
const DELETION_MS = 5000;

/** The scheduler writes the chosen node into this annotation of a claim that waits for its first consumer. */
const SELECTED_NODE = "volume.kubernetes.io/selected-node";

const ZONE_LABEL = "topology.kubernetes.io/zone";

/**
 * Fake EBS CSI driver. In the fake account, it creates a disk for each claim of its storage classes, in the zone of the waiting pod,
 * and deletes the disk of a released volume after a while. It works only while its add-on exists. Its events are `made DISK` and
 * `deleted DISK`.
 */
export class VolumeDriver extends FakeController {
  private readonly core: k8s.CoreV1Api;
  private readonly storage: k8s.StorageV1Api;
  private readonly releasedAt = new Map<string, number>();

  constructor(
    private readonly account: AwsAccount,
    cluster: k8s.KubeConfig,
  ) {
    super();
    this.core = cluster.makeApiClient(k8s.CoreV1Api);
    this.storage = cluster.makeApiClient(k8s.StorageV1Api);
  }

  /** Creates a claim with its volume and disk. Returns once the claim is bound. */
  async claim(namespace: string, name: string): Promise<void> {
    const { core } = this;
    const disk = `vol-${name}`;
    this.account.plant({ kind: "volume", id: disk, madeBy: ADDON });
    this.events.push(`made ${disk}`);
    const size = { storage: "1Gi" };
    const common = { accessModes: ["ReadWriteOnce"], storageClassName: "gp3" };
    await core.createPersistentVolume({
      body: {
        metadata: { name: `pv-${name}`, annotations: { "pv.kubernetes.io/provisioned-by": DRIVER } },
        spec: {
          ...common,
          capacity: size,
          persistentVolumeReclaimPolicy: "Delete",
          csi: { driver: DRIVER, volumeHandle: disk },
          claimRef: { namespace, name },
        },
      },
    });
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: { metadata: { name }, spec: { ...common, volumeName: `pv-${name}`, resources: { requests: size } } },
    });
    for (let attempt = 0; attempt < 150; attempt++) {
      const { status } = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
      if (status?.phase === "Bound") return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`the claim ${namespace}/${name} is not bound after 30 seconds`);
  }

  private get installed(): boolean {
    return this.account.state.resources.some(({ type, inputs }) => type === T.addon && inputs.addonName === ADDON);
  }

  protected async reconcile(): Promise<void> {
    if (!this.installed) return;
    await this.provide();
    await this.reclaim();
  }

  /** Creates the volumes of pending claims. */
  private async provide(): Promise<void> {
    const { items: claims } = await this.core.listPersistentVolumeClaimForAllNamespaces();
    const waiting = claims.filter(
      ({ metadata, spec, status }) =>
        status?.phase === "Pending" &&
        spec?.volumeName === undefined &&
        metadata?.annotations?.[SELECTED_NODE] !== undefined,
    );
    if (waiting.length === 0) return;
    const { items: classes } = await this.storage.listStorageClass();
    const { items: volumes } = await this.core.listPersistentVolume();
    for (const claim of waiting) {
      const storageClass = classes.find(({ metadata }) => metadata?.name === claim.spec?.storageClassName);
      const theirs = volumes.some(({ spec }) => spec?.claimRef?.uid === claim.metadata?.uid);
      if (storageClass?.provisioner === DRIVER && !theirs) await this.make(claim, storageClass);
    }
  }

  private async make({ metadata, spec }: k8s.V1PersistentVolumeClaim, of: k8s.V1StorageClass): Promise<void> {
    const { name = "", namespace = "", uid = "", annotations = {} } = metadata ?? {};
    const node = await this.core.readNode({ name: annotations[SELECTED_NODE] ?? "" });
    const zone = { key: ZONE_LABEL, operator: "In", values: [node.metadata?.labels?.[ZONE_LABEL] ?? ""] };
    const disk = `vol-${namespace}-${name}`;
    await this.core.createPersistentVolume({
      body: {
        metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": DRIVER } },
        spec: {
          accessModes: spec?.accessModes,
          storageClassName: of.metadata?.name,
          capacity: { storage: spec?.resources?.requests?.storage ?? "" },
          persistentVolumeReclaimPolicy: of.reclaimPolicy,
          csi: { driver: DRIVER, volumeHandle: disk },
          claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } },
        },
      },
    });
    this.account.plant({ kind: "volume", id: disk, madeBy: ADDON });
    this.events.push(`made ${disk}`);
  }

  /** Deletes the disks of released volumes. */
  private async reclaim(): Promise<void> {
    const { items } = await this.core.listPersistentVolume();
    for (const { metadata, spec, status } of items) {
      const { name = "" } = metadata ?? {};
      if (spec?.csi?.driver !== DRIVER || status?.phase !== "Released") continue;
      const released = this.releasedAt.get(name) ?? Date.now();
      this.releasedAt.set(name, released);
      if (Date.now() - released < DELETION_MS || metadata?.deletionTimestamp !== undefined) continue;
      this.account.uproot(spec.csi.volumeHandle);
      await this.core.deletePersistentVolume({ name });
      this.events.push(`deleted ${spec.csi.volumeHandle}`);
    }
  }
}
