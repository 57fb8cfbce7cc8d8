import * as zlib from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterClient, ConnectCluster, ReleaseRecord } from "../cluster/clusterClient";

/** A release by name and namespace. */
export interface ReleaseReference {
  readonly namespace: string;
  readonly release: string;
}

/**
 * Hooks that let Helm releases go on after a run was killed.
 *
 * Helm writes a record of a release before it installs, and refuses to install over one; Pulumi writes its state after
 * the install. A run killed in between leaves a release that Helm has and Pulumi does not ("cannot re-use a name that is
 * still in use"), and one killed during an upgrade leaves a lock ("another operation is in progress"). Both need someone
 * with the helm CLI, unless the program does what they would do.
 *
 * @param connect Connects to the cluster that the releases are in.
 */
export function releaseRecoveryHooks(connect: ConnectCluster): pulumi.ResourceHookBinding {
  const hook = (name: string, run: (client: ClusterClient, reference: ReleaseReference) => Promise<string[]>) =>
    new pulumi.ResourceHook(name, async (args) => {
      const inputs = args.newInputs as { name?: unknown; namespace?: unknown } | undefined;
      if (typeof inputs?.name !== "string" || typeof inputs.namespace !== "string") return;
      const reference = { namespace: inputs.namespace, release: inputs.name };
      for (const message of await run(await connect(), reference)) await pulumi.log.warn(message);
    });
  return {
    beforeCreate: [hook("release-recovery-before-create", clearAbandonedRelease)],
    beforeUpdate: [hook("release-recovery-before-update", releaseAbandonedLock)],
  };
}

/**
 * Before an install: removes the records of a release that the state does not know. Its objects stay where they are and
 * carry the release's name, so the install takes them over instead of making them again.
 *
 * It can only meet records of this stack: releases are installed into namespaces that the stack itself made
 * (`ownedNamespace.ts` refuses others), or into those of a whole cluster that it made.
 *
 * @returns What was done, for the log.
 */
export async function clearAbandonedRelease(
  client: ClusterClient,
  { namespace, release }: ReleaseReference,
): Promise<string[]> {
  const records = await client.listReleaseRecords(namespace, release);
  for (const record of records) await client.deleteReleaseRecord(namespace, record);
  if (records.length === 0) return [];
  const statuses = records.map((record) => record.status).join(", ");
  return [`Helm release ${namespace}/${release} (${statuses}) was left by an interrupted run; it is installed again.`];
}

/**
 * Before an upgrade: turns revisions that a killed run left as "pending", which Helm takes for a lock, into failed ones,
 * which it upgrades from.
 *
 * @returns What was done, for the log.
 */
export async function releaseAbandonedLock(
  client: ClusterClient,
  { namespace, release }: ReleaseReference,
): Promise<string[]> {
  const messages: string[] = [];
  for (const record of await client.listReleaseRecords(namespace, release)) {
    if (!record.status.startsWith("pending-")) continue;
    await client.updateReleaseRecord(namespace, asFailed(record));
    messages.push(`Helm release ${namespace}/${release} was left ${record.status} by an interrupted run; it goes on.`);
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
