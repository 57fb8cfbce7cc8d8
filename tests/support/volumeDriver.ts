import * as k8s from "@kubernetes/client-node";
import { T } from "../../local/aws/rules";
import type { AwsAccount } from "./aws";
import { PlayedController } from "./playedController";

/** Name of the EBS driver, and of the EKS add-on that it is installed by. */
const DRIVER = "ebs.csi.aws.com";
const ADDON = "aws-ebs-csi-driver";

/** How long the driver takes to detach and delete a disk; longer than all else between its claim's end and its own. */
const DELETION_MS = 5000;

/**
 * Does in the stand-in's account what the EBS driver does in AWS: deletes the disk of a volume that nobody claims any more, a
 * while after that, and only as long as its add-on is there. Its events are `made DISK` and `deleted DISK`.
 */
export class VolumeDriver extends PlayedController {
  private readonly core: k8s.CoreV1Api;
  private readonly releasedAt = new Map<string, number>();

  constructor(
    private readonly account: AwsAccount,
    cluster: k8s.KubeConfig,
  ) {
    super();
    this.core = cluster.makeApiClient(k8s.CoreV1Api);
  }

  /** A claim in a namespace, with its volume and the disk of that. Returns once they belong to each other. */
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
    const { items } = await this.core.listPersistentVolume();
    for (const { metadata, spec, status } of items) {
      const { name = "" } = metadata ?? {};
      if (spec?.csi?.driver !== DRIVER || status?.phase !== "Released") continue;
      const released = this.releasedAt.get(name) ?? Date.now();
      this.releasedAt.set(name, released);
      if (Date.now() - released < DELETION_MS || metadata?.deletionTimestamp !== undefined) continue;
      this.account.uproot(spec.csi.volumeHandle);
      this.events.push(`deleted ${spec.csi.volumeHandle}`);
      await this.core.deletePersistentVolume({ name });
    }
  }
}
