import { DescribeKeyCommand, type KMSClient, NotFoundException, paginateListAliases } from "@aws-sdk/client-kms";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { secretsKeyAlias } from "../resources/names";

/** States of a key that is scheduled for deletion and can still be recovered. */
const PENDING = new Set(["PendingDeletion", "PendingReplicaDeletion"]);

/**
 * KMS keys, and the alias of the key that encrypts the cluster's Secrets. KMS has no filter by tag. So the keys are those
 * that the tagging API lists, and the one behind the alias.
 *
 * @param tagged what the tagging API lists
 */
export async function keys(client: KMSClient, identity: Identity, tagged: readonly Resource[]): Promise<Resource[]> {
  const aliases = await allItems(paginateListAliases({ client }, {}), (page) => page.Aliases);
  const own = aliases.filter(({ AliasName }) => AliasName === secretsKeyAlias(identity.cluster));
  const ids = new Set([
    ...tagged.filter(({ type }) => type === "kms:key").map(({ id }) => id),
    ...own.flatMap(({ TargetKeyId }) => (TargetKeyId === undefined ? [] : [TargetKeyId])),
  ]);
  const found = await Promise.all([...ids].map((id) => key(client, id)));
  return [...own.map(({ AliasName }) => ({ type: "kms:alias", id: AliasName ?? "" })), ...found.flat()];
}

async function key(client: KMSClient, id: string): Promise<Resource[]> {
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
    const detail = KeyMetadata?.Description;
    const resource: Resource = { type: "kms:key", id, ...(detail === undefined ? {} : { detail }) };
    if (!PENDING.has(KeyMetadata?.KeyState ?? "")) return [resource];
    const day = KeyMetadata?.DeletionDate?.toISOString().slice(0, 10);
    return [{ ...resource, pending: day === undefined ? "deletion is scheduled" : `gone on ${day}` }];
  } catch (error) {
    // The tagging API lists a deleted key for a while.
    if (error instanceof NotFoundException) return [];
    throw error;
  }
}
