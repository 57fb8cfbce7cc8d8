import {
  type IAMClient,
  paginateListInstanceProfilesForRole,
  paginateListPolicies,
  paginateListPolicyTags,
  paginateListRoles,
  paginateListRoleTags,
  type Tag,
} from "@aws-sdk/client-iam";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";
import type { Identity, Resource } from "../../operations";
import { allItems, isDenied } from "../awsClient";
import { rolePrefix } from "../resources/names";

/**
 * IAM roles, the instance profiles that hold them, and customer managed policies. IAM has no filter by tag, and the tagging
 * API lists no roles. So they are found by name, and their tags say whose they are.
 */
export async function rolesAndPolicies(client: IAMClient, identity: Identity): Promise<Resource[]> {
  const isNamed = (name: string): boolean => name.startsWith(rolePrefix(identity.cluster));
  const [roles, policies] = await Promise.all([
    allItems(paginateListRoles({ client }, {}), (page) => page.Roles),
    allItems(paginateListPolicies({ client }, { Scope: "Local" }), (page) => page.Policies),
  ]);
  const found = await Promise.all([
    ...roles
      .filter(({ RoleName = "" }) => isNamed(RoleName))
      .map(({ RoleName = "" }) => roleResources(client, identity, RoleName)),
    ...policies
      .filter(({ PolicyName = "" }) => isNamed(PolicyName))
      .map(({ Arn = "" }) => policyResources(client, identity, Arn)),
  ]);
  return found.flat();
}

async function roleResources(client: IAMClient, identity: Identity, RoleName: string): Promise<Resource[]> {
  const own = await ownership(
    identity,
    allItems(paginateListRoleTags({ client }, { RoleName }), (page) => page.Tags),
  );
  if (own === undefined) return [];
  const profiles = await allItems(
    paginateListInstanceProfilesForRole({ client }, { RoleName }),
    (page) => page.InstanceProfiles,
  );
  return [
    ...profiles.map(({ InstanceProfileName = "" }) => ({
      type: "iam:instance-profile",
      id: InstanceProfileName,
      detail: `of role ${RoleName}`,
    })),
    { type: "iam:role", id: RoleName, ...own },
  ];
}

async function policyResources(client: IAMClient, identity: Identity, PolicyArn: string): Promise<Resource[]> {
  const own = await ownership(
    identity,
    allItems(paginateListPolicyTags({ client }, { PolicyArn }), (page) => page.Tags),
  );
  return own === undefined ? [] : [{ type: "iam:policy", id: PolicyArn, ...own }];
}

/**
 * Whether something with a name of this stack's belongs to it. Undefined when its tag names another stack, whose cluster's
 * name starts with this one's.
 */
async function ownership({ owner }: Identity, read: Promise<readonly Tag[]>): Promise<{ detail?: string } | undefined> {
  const tags = await read.catch((error: unknown) => {
    if (isDenied(error)) return [];
    throw error;
  });
  const value = tags.find(({ Key }) => Key === OWNER_ANNOTATION)?.Value;
  if (value === undefined) return { detail: "found by its name; it has no tag that says whose it is" };
  return value === owner ? {} : undefined;
}
