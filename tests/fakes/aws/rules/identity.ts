import { AwsError } from "../errors";
import { listAt, type Props, type Resource, stringAt, type World } from "../world";
import { T, type TypeRules } from "./types";

const iam = (operation: string, code: string, detail: string): AwsError => new AwsError("IAM", operation, code, detail);
const kms = (operation: string, code: string, detail: string): AwsError => new AwsError("KMS", operation, code, detail);

/** AWS managed policies that the stack may use. */
const MANAGED = new Set(
  [
    ...["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController", "AmazonEKSServicePolicy"],
    ...["AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy"],
    ...["AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"],
    ...["service-role/AmazonEBSCSIDriverPolicy", "CloudWatchAgentServerPolicy"],
  ].map((name) => `arn:aws:iam::aws:policy/${name}`),
);

interface Statement {
  Effect?: string;
  Principal?: { Service?: string | string[] };
  Action?: string | string[];
}

/** The actions that a role's trust policy allows a service. */
export function trusted(role: Resource | undefined, service: string): string[] {
  const text = role?.inputs.assumeRolePolicy;
  const document = (typeof text === "string" ? JSON.parse(text) : (text ?? {})) as { Statement?: Statement[] };
  return (document.Statement ?? [])
    .filter((statement) => [statement.Principal?.Service ?? []].flat().includes(service))
    .flatMap((statement) => [statement.Action ?? []].flat());
}

/** Names of the policies attached to a role, without path. */
export function policiesOf(world: World, roleArn: unknown): Set<string> {
  const role = world.by(T.role, "arn", roleArn);
  return new Set(
    world
      .list(T.rolePolicyAttachment)
      .filter(({ inputs }) => inputs.role === role?.inputs.name || inputs.role === roleArn)
      .map(({ inputs }) => stringAt(inputs, "policyArn")?.split("/").at(-1) ?? ""),
  );
}

/** Everything that uses a role. */
function roleUsers(world: World, arn: unknown): string[] {
  const inputs: readonly [string, string][] = [
    [T.cluster, "roleArn"],
    [T.nodeGroup, "nodeRoleArn"],
    [T.podIdentityAssociation, "roleArn"],
    [T.addon, "serviceAccountRoleArn"],
    [T.flowLog, "iamRoleArn"],
  ];
  return inputs.flatMap(([type, input]) =>
    world
      .list(type)
      .filter((one) => one.inputs[input] === arn)
      .map((one) => one.id),
  );
}

function json(operation: string, text: unknown): void {
  try {
    JSON.parse(String(text));
  } catch {
    throw iam(operation, "MalformedPolicyDocument", "This policy contains invalid Json");
  }
}

function needRole(world: World, name: unknown, operation: string): void {
  if (world.get(T.role, name) === undefined) {
    throw iam(operation, "NoSuchEntity", `The role with name ${name} cannot be found.`);
  }
}

export const IDENTITY: Readonly<Record<string, TypeRules>> = {
  [T.role]: {
    label: "IAM Role",
    immutable: ["name", "namePrefix", "path"],
    autoname: "name",
    unique(world, { name }) {
      if (world.get(T.role, name) !== undefined) {
        throw iam("CreateRole", "EntityAlreadyExists", `Role with name ${name} already exists.`);
      }
    },
    validate(_, { name, assumeRolePolicy }) {
      if (String(name).length > 64) {
        throw iam(
          "CreateRole",
          "ValidationError",
          `1 validation error detected: Value '${name}' at 'roleName' failed to satisfy constraint: ` +
            "Member must have length less than or equal to 64",
        );
      }
      json("CreateRole", assumeRolePolicy);
    },
    id: (_, { name }) => String(name),
    outputs: (world, { name, path }) => ({
      arn: world.arn("iam", `role${path ?? "/"}${name}`, false),
      uniqueId: `AROA${String(name).length}`,
      createDate: "2025-01-01T00:00:00Z",
    }),
    remove(world, self) {
      const { name } = self.inputs;
      if (world.list(T.rolePolicyAttachment).some(({ inputs }) => inputs.role === name)) {
        throw iam("DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.");
      }
      if (world.list(T.nodeGroup).some(({ inputs }) => inputs.nodeRoleArn === self.outputs.arn)) {
        // EKS creates an instance profile with the role of a node group.
        throw iam(
          "DeleteRole",
          "DeleteConflict",
          "Cannot delete entity, must remove roles from instance profile first.",
        );
      }
      const users = roleUsers(world, self.outputs.arn);
      if (users.length > 0) {
        // IAM allows it. What uses the role stops working.
        throw iam("DeleteRole", "DeleteConflict", `Cannot delete entity, it is in use by ${users.join(", ")}.`);
      }
      for (const one of world.list(T.rolePolicy).filter(({ inputs }) => inputs.role === name)) {
        world.remove(T.rolePolicy, one.id);
      }
    },
  },
  [T.rolePolicyAttachment]: {
    label: "IAM Role Policy Attachment",
    immutable: ["role", "policyArn"],
    validate(world, { role, policyArn }) {
      needRole(world, role, "AttachRolePolicy");
      if (world.get(T.policy, policyArn) === undefined && !MANAGED.has(String(policyArn))) {
        throw iam("AttachRolePolicy", "NoSuchEntity", `Policy ${policyArn} does not exist or is not attachable.`);
      }
    },
    id: (_, { role, policyArn }) => `${role}/${policyArn}`,
  },
  [T.rolePolicy]: {
    label: "IAM Role Policy",
    immutable: ["role", "name", "namePrefix"],
    autoname: "name",
    validate(world, { role, policy }) {
      needRole(world, role, "PutRolePolicy");
      json("PutRolePolicy", policy);
    },
    id: (_, { role, name }) => `${role}:${name}`,
  },
  [T.policy]: {
    label: "IAM Policy",
    immutable: ["name", "namePrefix", "path", "description"],
    autoname: "name",
    unique(world, { name }) {
      if (world.list(T.policy).some(({ inputs }) => inputs.name === name)) {
        throw iam(
          "CreatePolicy",
          "EntityAlreadyExists",
          `A policy called ${name} already exists. Duplicate names are not allowed.`,
        );
      }
    },
    validate: (_, { policy }) => json("CreatePolicy", policy),
    id: (world, { name, path }) => world.arn("iam", `policy${path ?? "/"}${name}`, false),
    outputs: (_, __, id) => ({ arn: id, policyId: `ANPA${id.length}`, attachmentCount: 0 }),
    remove(world, { id }) {
      if (world.list(T.rolePolicyAttachment).some(({ inputs }) => inputs.policyArn === id)) {
        throw iam("DeletePolicy", "DeleteConflict", "Cannot delete a policy attached to entities.");
      }
    },
  },
  [T.key]: {
    label: "KMS Key",
    immutable: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
    validate(_, { policy }: Props) {
      if (policy !== undefined) json("CreateKey", policy);
    },
    id: (world) => world.nextUuid(),
    outputs: (world, inputs, id) => ({
      arn: world.arn("kms", `key/${id}`),
      keyId: id,
      policy: inputs.policy ?? "{}",
      isEnabled: inputs.isEnabled ?? true,
    }),
    remove(world, self) {
      const { arn } = self.outputs;
      const users = [T.cluster, T.logGroup, T.nodeGroup]
        .flatMap((type) => world.list(type))
        .filter(({ inputs }) => JSON.stringify(inputs).includes(String(arn)));
      if (users.length > 0) {
        // KMS allows it. Data encrypted with the key is lost.
        throw kms(
          "ScheduleKeyDeletion",
          "KMSInvalidStateException",
          `${arn} is in use by ${users.map((one) => one.id).join(", ")}.`,
        );
      }
      for (const one of world.list(T.alias).filter(({ inputs }) => inputs.targetKeyId === self.id)) {
        world.remove(T.alias, one.id);
      }
    },
  },
  [T.alias]: {
    label: "KMS Alias",
    immutable: ["name", "namePrefix"],
    autoname: "name",
    unique(world, { name }) {
      if (world.get(T.alias, name) !== undefined) {
        throw kms(
          "CreateAlias",
          "AlreadyExistsException",
          `An alias with the name ${world.arn("kms", String(name))} already exists`,
        );
      }
    },
    validate(world, { name, targetKeyId }) {
      if (!String(name).startsWith("alias/")) {
        throw kms("CreateAlias", "ValidationException", `Alias must start with the prefix "alias/": ${name}`);
      }
      if (world.get(T.key, targetKeyId) === undefined && world.by(T.key, "arn", targetKeyId) === undefined) {
        throw kms("CreateAlias", "NotFoundException", `Key '${targetKeyId}' does not exist`);
      }
    },
    id: (_, { name }) => String(name),
    outputs: (world, { name, targetKeyId }) => ({
      arn: world.arn("kms", String(name)),
      targetKeyArn: world.get(T.key, targetKeyId)?.outputs.arn ?? targetKeyId,
    }),
  },
  [T.logGroup]: {
    label: "CloudWatch Logs Log Group",
    immutable: ["name", "namePrefix", "logGroupClass"],
    autoname: "name",
    unique(world, { name }) {
      const foreign = world.foreign("logGroup").some((one) => one.id === name);
      if (foreign || world.get(T.logGroup, name) !== undefined) {
        throw new AwsError(
          "CloudWatch Logs",
          "CreateLogGroup",
          "ResourceAlreadyExistsException",
          "The specified log group already exists",
        );
      }
    },
    id: (_, { name }) => String(name),
    outputs: (world, { name }) => ({ arn: world.arn("logs", `log-group:${name}`) }),
    remove(world, self) {
      const writer = world
        .list(T.cluster)
        .find((one) => logGroupOf(one) === self.inputs.name && makesLogGroup(world, one.inputs));
      // The next log line creates the group again, without an owner.
      if (writer !== undefined) world.plant({ kind: "logGroup", id: self.id, madeBy: `cluster ${writer.id}` });
    },
  },
};

/** Whether a cluster creates a missing log group. */
export function makesLogGroup(world: World, cluster: Props): boolean {
  const role = world.by(T.role, "arn", cluster.roleArn);
  const denied = world
    .list(T.rolePolicy)
    .filter(({ inputs }) => inputs.role === role?.inputs.name)
    .flatMap(({ inputs }) => (JSON.parse(String(inputs.policy)) as { Statement?: Statement[] }).Statement ?? [])
    .some(({ Effect, Action }) => Effect === "Deny" && [Action ?? []].flat().includes("logs:CreateLogGroup"));
  return !denied && listAt(cluster, "enabledClusterLogTypes").length > 0;
}

/** Name of the log group of a cluster's control plane. */
export function logGroupOf(cluster: Pick<Resource, "inputs">): string {
  return `/aws/eks/${cluster.inputs.name}/cluster`;
}
