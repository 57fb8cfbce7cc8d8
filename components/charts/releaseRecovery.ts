import * as zlib from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../cluster/clusterApi";
import type { Installation } from "../installation";

/** One revision of a Helm release, as Helm stores it in the cluster. */
export interface ReleaseRecord {
  /** Name of the Secret. */
  readonly secret: string;
  /** Status of the revision, such as `deployed`, `failed` or `pending-install`. */
  readonly status: string;
  /** The Secret's `release` entry: base64 text of gzipped JSON. */
  readonly payload: string;
}

/** The revisions of one Helm release. */
export interface ReleaseRecords {
  list(): Promise<ReleaseRecord[]>;
  delete(record: ReleaseRecord): Promise<void>;
  /** Writes a revision's new status and payload. */
  update(record: ReleaseRecord): Promise<void>;
}

/** A release by name and namespace. */
interface ReleaseReference {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Hooks that let Helm releases continue after a run was killed.
 *
 * Helm writes a record of a release before it installs, and refuses to install over one; Pulumi writes its state after
 * the install. A run killed in between leaves a release that Helm has and Pulumi does not ("cannot re-use a name that is
 * still in use"), and one killed during an upgrade leaves a lock ("another operation is in progress"). Without these hooks,
 * both need a person with the helm CLI.
 */
export function releaseRecovery(installation: Installation): pulumi.ResourceHookBinding {
  const hook = (
    name: string,
    recover: (records: ReleaseRecords, reference: ReleaseReference) => Promise<string[]>,
  ): pulumi.ResourceHook =>
    installation.hook(name, async (api, { name: release, namespace }) => {
      if (namespace === undefined) return;
      const reference = { name: release, namespace };
      for (const message of await recover(releaseRecords(api, reference), reference)) await pulumi.log.warn(message);
    });
  return {
    beforeCreate: [hook("release-recovery-before-create", clearAbandonedRelease)],
    beforeUpdate: [hook("release-recovery-before-update", releaseAbandonedLock)],
  };
}

function releaseRecords({ core, ifExists }: ClusterApi, { namespace, name }: ReleaseReference): ReleaseRecords {
  return {
    async list() {
      const labelSelector = `owner=helm,name=${name}`;
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
      return items.map((secret) => ({
        secret: secret.metadata?.name ?? "",
        status: secret.metadata?.labels?.["status"] ?? "",
        payload: Buffer.from(secret.data?.["release"] ?? "", "base64").toString("utf8"),
      }));
    },
    async delete({ secret }) {
      await ifExists(core.deleteNamespacedSecret({ namespace, name: secret }));
    },
    async update({ secret, status, payload }) {
      const body = await core.readNamespacedSecret({ namespace, name: secret });
      body.metadata = { ...body.metadata, labels: { ...body.metadata?.labels, status } };
      body.data = { ...body.data, release: Buffer.from(payload, "utf8").toString("base64") };
      await core.replaceNamespacedSecret({ namespace, name: secret, body });
    },
  };
}

/**
 * Before an install: removes the records of a release that the state does not know. Its objects stay where they are and
 * carry the release's name, so the install takes them over instead of making them again.
 *
 * It can only meet records of this stack: releases are installed into namespaces that the stack itself made
 * (`ownedNamespace.ts` refuses others), or into those of a whole cluster that it made.
 *
 * @returns Messages for the log.
 */
export async function clearAbandonedRelease(
  releases: ReleaseRecords,
  { namespace, name }: ReleaseReference,
): Promise<string[]> {
  const records = await releases.list();
  for (const record of records) await releases.delete(record);
  if (records.length === 0) return [];
  const statuses = records.map((record) => record.status).join(", ");
  return [`Helm release ${namespace}/${name} (${statuses}) was left by an interrupted run; it is installed again.`];
}

/**
 * Before an upgrade: marks revisions that a killed run left as "pending" as failed. Helm takes a pending revision for a lock,
 * and upgrades from a failed one.
 *
 * @returns Messages for the log.
 */
export async function releaseAbandonedLock(
  releases: ReleaseRecords,
  { namespace, name }: ReleaseReference,
): Promise<string[]> {
  const messages: string[] = [];
  for (const record of await releases.list()) {
    if (!record.status.startsWith("pending-")) continue;
    await releases.update(asFailed(record));
    messages.push(`Helm release ${namespace}/${name} was left ${record.status} by an interrupted run; it goes on.`);
  }
  return messages;
}

/** The record with status `failed`, in its label and in its payload. */
export function asFailed(record: ReleaseRecord): ReleaseRecord {
  const release = JSON.parse(zlib.gunzipSync(Buffer.from(record.payload, "base64")).toString("utf8")) as {
    info?: Record<string, unknown>;
  };
  release.info = { ...release.info, status: "failed", description: "Interrupted" };
  const payload = zlib.gzipSync(Buffer.from(JSON.stringify(release), "utf8")).toString("base64");
  return { ...record, status: "failed", payload };
}
