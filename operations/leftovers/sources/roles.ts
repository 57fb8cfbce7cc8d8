import {
  type IAMClient,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import { rolePrefix } from "../../../stacks/platforms/eks/resources/names";
import { OWNER_ANNOTATION } from "../../../components/cluster/owner";
import { allPages, isDenied } from "../../common/aws";
import type { Identity, Resource } from "../resource";

/**
 * IAM roles, the instance profiles they are in, and customer managed policies. IAM has no filter by tag, and the tagging
 * API lists no roles: they are looked for by their names, and their tags tell whose they are.
 */
export async function rolesAndPolicies(client: IAMClient, identity: Identity): Promise<Resource[]> {
  const named = ({ name }: { name: string }): boolean => name.startsWith(rolePrefix(identity.cluster));
  const [roles, policies] = await Promise.all([
    allPages(
      (Marker) => client.send(new ListRolesCommand({ Marker })),
      (page) => page.Roles,
      (page) => page.Marker,
    ),
    allPages(
      (Marker) => client.send(new ListPoliciesCommand({ Scope: "Local", Marker })),
      (page) => page.Policies,
      (page) => page.Marker,
    ),
  ]);
  const found = await Promise.all([
    ...roles
      .map(({ RoleName = "" }) => ({ name: RoleName }))
      .filter(named)
      .map(async ({ name }): Promise<Resource[]> => {
        const RoleName = name;
        const own = await ownership(identity, () =>
          allPages(
            (Marker) => client.send(new ListRoleTagsCommand({ RoleName, Marker })),
            (page) => page.Tags,
            (page) => page.Marker,
          ),
        );
        if (own === undefined) return [];
        const profiles = await allPages(
          (Marker) => client.send(new ListInstanceProfilesForRoleCommand({ RoleName, Marker })),
          (page) => page.InstanceProfiles,
          (page) => page.Marker,
        );
        return [
          ...profiles.map((profile) => ({
            type: "iam:instance-profile",
            id: profile.InstanceProfileName ?? "",
            detail: `of role ${RoleName}`,
          })),
          { type: "iam:role", id: RoleName, ...own },
        ];
      }),
    ...policies
      .map(({ PolicyName = "", Arn = "" }) => ({ name: PolicyName, PolicyArn: Arn }))
      .filter(named)
      .map(async ({ PolicyArn }): Promise<Resource[]> => {
        const own = await ownership(identity, () =>
          allPages(
            (Marker) => client.send(new ListPolicyTagsCommand({ PolicyArn, Marker })),
            (page) => page.Tags,
            (page) => page.Marker,
          ),
        );
        return own === undefined ? [] : [{ type: "iam:policy", id: PolicyArn, ...own }];
      }),
  ]);
  return found.flat();
}

/**
 * Whether something that has a name of the stack's is the stack's: undefined when its tag names another stack, whose
 * cluster's name starts with this one's.
 */
async function ownership(
  { owner }: Identity,
  read: () => Promise<readonly Tag[]>,
): Promise<{ detail?: string } | undefined> {
  const tags = await read().catch((error: unknown) => {
    if (isDenied(error)) return [];
    throw error;
  });
  const value = tags.find(({ Key }) => Key === OWNER_ANNOTATION)?.Value;
  if (value === undefined) return { detail: "by its name; it has no tag that tells whose it is" };
  return value === owner ? {} : undefined;
}
