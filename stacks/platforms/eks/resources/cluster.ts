import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { clusterAddon } from "./addon";
import { type AddonVersions, controlPlaneLogGroup, isPrincipal, partitionOf, secretsKeyAlias } from "./names";
import { podIdentityRole, policyDocument, serviceRole } from "./serviceRole";

/** Arguments of the cluster. */
export interface ClusterArgs {
  readonly region: string;
  /** Kubernetes version, such as `1.33`. */
  readonly version: string;
  /** Subnets of at least two zones, for the network interfaces of the control plane. */
  readonly subnetIds: pulumi.Input<string>[];
  /** Who may reach the API server from outside the VPC. From inside it is always reachable. */
  readonly endpoint: { readonly public: boolean; readonly publicCidrs: readonly string[] };
  /** Kinds of control plane logs, such as `api` and `audit`. */
  readonly logTypes: readonly string[];
  /** How long logs are kept, in days. */
  readonly logRetentionDays: number;
  /** ARNs of IAM roles and users that administer the cluster, besides its creator. */
  readonly adminPrincipals: readonly string[];
  /** ARN of the caller, as STS names it. The caller creates the cluster if it does not exist yet. */
  readonly caller: string;
  readonly addons: AddonVersions;
  /** Tags of what EKS and its add-ons make for the cluster; the provider's default tags do not reach it. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether to refuse the deletion of the cluster and of the key of its Secrets, without which they are unreadable. */
  readonly protect: boolean;
}

/** Days in which the deletion of a key can be cancelled; the shortest time that KMS offers. */
const KEY_DELETION_DAYS = 7;

/** An EKS cluster without nodes, and the add-ons that nodes need before they can join. */
export class Cluster extends pulumi.ComponentResource {
  /** Name of the cluster in EKS. */
  readonly name: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Certificate authority of the API server, base64. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** Content of a kubeconfig that gets tokens from the AWS CLI. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The security group that EKS makes for control plane and nodes. */
  readonly securityGroupId: pulumi.Output<string>;
  /** The EKS cluster itself, for `deletedWith` of the objects inside it. */
  readonly eksCluster: aws.eks.Cluster;

  /** @throws InputPropertyError when a public endpoint names no blocks */
  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.endpoint.public && args.endpoint.publicCidrs.length === 0) {
      const reason = "a public endpoint needs publicCidrs: without them EKS opens it to the whole internet";
      throw new pulumi.InputPropertyError({ propertyPath: "endpoint.publicCidrs", reason });
    }
    super("llmd:aws:Cluster", name, args, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);

    const key = new aws.kms.Key(
      `${name}-secrets`,
      {
        description: `Secrets of the EKS cluster ${name}`,
        enableKeyRotation: true,
        deletionWindowInDays: KEY_DELETION_DAYS,
      },
      { ...child(), protect: args.protect },
    );
    new aws.kms.Alias(`${name}-secrets`, { name: secretsKeyAlias(name), targetKeyId: key.keyId }, child());
    // Before the cluster: otherwise EKS makes the group itself, keeps its logs for ever, and leaves it behind.
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-control-plane`,
      { name: controlPlaneLogGroup(name), retentionInDays: args.logRetentionDays },
      child(),
    );
    const { role, ready } = serviceRole(
      `${name}-cluster`,
      {
        region: args.region,
        service: "eks.amazonaws.com",
        managedPolicies: ["AmazonEKSClusterPolicy"],
        inlinePolicy: key.arn.apply((arn) =>
          policyDocument([
            {
              Effect: "Allow",
              Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
              Resource: arn,
            },
            // While EKS deletes a cluster, its last log lines would create the log group again.
            { Effect: "Deny", Action: "logs:CreateLogGroup", Resource: "*" },
          ]),
        ),
      },
      child(),
    );

    this.eksCluster = new aws.eks.Cluster(
      name,
      {
        name,
        version: args.version,
        roleArn: role.arn,
        vpcConfig: {
          subnetIds: args.subnetIds,
          endpointPrivateAccess: true,
          endpointPublicAccess: args.endpoint.public,
          ...(args.endpoint.public ? { publicAccessCidrs: [...args.endpoint.publicCidrs] } : {}),
        },
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
        // The add-ons below replace them; self-managed ones would have no version and no owner.
        bootstrapSelfManagedAddons: false,
        encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
        enabledClusterLogTypes: [...args.logTypes],
        // Otherwise EKS upgrades the cluster when standard support ends, even beyond the versions that the lane supports.
        upgradePolicy: { supportType: "EXTENDED" },
      },
      { ...child(...ready, logs), protect: args.protect, hooks: { beforeCreate: [creatorGuard(name, args)] } },
    );
    const clusterName = this.eksCluster.name;

    for (const principalArn of args.adminPrincipals) {
      const suffix = principalArn.split(":").slice(4).join("-").replace(/\//g, "-");
      const entry = new aws.eks.AccessEntry(
        `${name}-admin-${suffix}`,
        { clusterName, principalArn, type: "STANDARD" },
        child(),
      );
      new aws.eks.AccessPolicyAssociation(
        `${name}-admin-${suffix}`,
        {
          clusterName,
          principalArn,
          policyArn: `arn:${partitionOf(args.region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
          accessScope: { type: "cluster" },
        },
        child(entry),
      );
    }

    // The CNI gets its rights from the agent, so the agent comes first. All of them are created before the nodes, which
    // are not ready without a CNI, and deleted after them: the CNI also deletes the network interfaces of pods.
    const agent = clusterAddon(name, "eks-pod-identity-agent", { clusterName, versions: args.addons }, child());
    const cniRole = podIdentityRole(
      `${name}-vpc-cni`,
      { region: args.region, managedPolicies: ["AmazonEKS_CNI_Policy"] },
      child(),
    );
    clusterAddon(
      name,
      "vpc-cni",
      {
        clusterName,
        versions: args.addons,
        identity: { serviceAccount: "aws-node", roleArn: cniRole.role.arn },
        // By default it ignores NetworkPolicies.
        configuration: { enableNetworkPolicy: "true", env: { ADDITIONAL_ENI_TAGS: JSON.stringify(args.tags) } },
      },
      child(agent, ...cniRole.ready),
    );
    clusterAddon(name, "kube-proxy", { clusterName, versions: args.addons }, child());

    this.name = clusterName;
    this.endpoint = this.eksCluster.endpoint;
    this.certificateAuthority = this.eksCluster.certificateAuthority.data;
    this.securityGroupId = this.eksCluster.vpcConfig.clusterSecurityGroupId;
    // EKS makes the security group without our tags.
    for (const [key, value] of Object.entries(args.tags)) {
      new aws.ec2.Tag(`${name}-cluster-${key}`, { resourceId: this.securityGroupId, key, value }, child());
    }
    this.kubeconfig = pulumi
      .all([this.endpoint, this.certificateAuthority])
      .apply(([endpoint, certificateAuthority]) =>
        eksKubeconfig({ name, region: args.region, endpoint, certificateAuthority }),
      );
    this.registerOutputs({ name: this.name, endpoint: this.endpoint });
  }
}

/**
 * Refuses, already in a preview, to create a cluster whose creator is also in the list of administrators. EKS gives the
 * creator an access entry and refuses a second one (ResourceInUseException), ten minutes later. The hook runs only at
 * creation: later, an administrator of the list may run the program.
 */
function creatorGuard(name: string, { caller, adminPrincipals }: ClusterArgs): pulumi.ResourceHook {
  const index = adminPrincipals.findIndex((principal) => isPrincipal(caller, principal));
  return new pulumi.ResourceHook(
    `${name}-creator`,
    () => {
      if (index < 0) return;
      throw new Error(
        `aws.cluster.adminPrincipals[${index}] creates the cluster (${caller}), and has access for that reason. ` +
          "EKS would refuse a second access entry. Remove it from the list.",
      );
    },
    { onDryRun: true },
  );
}

/** What a kubeconfig of an EKS cluster consists of. */
interface EksKubeconfigArgs {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  /** The certificate authority, base64. */
  readonly certificateAuthority: string;
}

/**
 * A kubeconfig, as JSON, without credentials. Each user gets a token from the AWS CLI, with the rights of their own access
 * entry.
 */
export function eksKubeconfig({ name, region, endpoint, certificateAuthority }: EksKubeconfigArgs): string {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--region", region, "--cluster-name", name, "--output", "json"],
    interactiveMode: "Never",
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
    users: [{ name, user: { exec } }],
  });
}
