import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { type AddonVersions, clusterAddon } from "./addon";
import { eksKubeconfig } from "./kubeconfig";
import { controlPlaneLogGroup, secretsKeyAlias } from "./names";
import { partitionOf } from "./partition";
import { podIdentityRole } from "./podIdentity";
import { isPrincipal } from "./principal";
import { policyDocument, serviceRole } from "./serviceRole";
import { tagEc2 } from "./tagging";

/** Arguments of the cluster. */
export interface ClusterArgs {
  readonly region: string;
  /** Kubernetes version, such as `1.33`. */
  readonly version: string;
  /** Subnets of two zones at least, for the network interfaces of the control plane. */
  readonly subnetIds: pulumi.Input<string>[];
  /** Whether the API server can be reached from outside the VPC, and by whom. From inside it always can. */
  readonly endpoint: { readonly public: boolean; readonly publicCidrs: readonly string[] };
  /** Kinds of control plane logs: `api`, `audit` and so on. */
  readonly logTypes: readonly string[];
  /** How long logs are kept, in days. */
  readonly logRetentionDays: number;
  /** ARNs of IAM roles and users that administer the cluster, beside whoever creates it. */
  readonly adminPrincipals: readonly string[];
  /** Who is running the program, as STS names them: whoever creates the cluster, when it does not exist yet. */
  readonly caller: string;
  readonly addons: AddonVersions;
  /** Tags of what EKS and its add-ons make for the cluster, which the provider's default tags do not reach. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the cluster, and the key without which nobody can read its secrets any more, may not be deleted. */
  readonly protect: boolean;
}

/** How long a deleted key can still be brought back, in days; the shortest time that KMS offers. */
const KEY_DELETION_DAYS = 7;

/** EKS's own access policy for everything in a cluster. */
const clusterAdminPolicy = (region: string): string =>
  `arn:${partitionOf(region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;

/** An EKS cluster without nodes, and the add-ons that nodes need before they can join. */
export class Cluster extends pulumi.ComponentResource {
  /** Known once everything that nodes need is there. */
  readonly name: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Certificate authority of the API server, base64. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** Content of a kubeconfig whose users authenticate with the AWS CLI. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The security group that EKS makes, and that control plane and nodes share. */
  readonly securityGroupId: pulumi.Output<string>;
  /** The EKS cluster itself: what everything inside it is gone with. */
  readonly eksCluster: aws.eks.Cluster;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.endpoint.public && args.endpoint.publicCidrs.length === 0) {
      throw new Error("a public endpoint needs publicCidrs: EKS would open it to everybody");
    }
    super("llmd:aws:Cluster", name, {}, opts);
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
    // Before the cluster: EKS would make the group itself, keep its logs for ever, and leave it behind.
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
            // The last lines of a cluster that is being deleted would bring the log group back.
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
        // The add-ons below take their place; the self-managed ones would have no version and no owner.
        bootstrapSelfManagedAddons: false,
        encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
        enabledClusterLogTypes: [...args.logTypes],
        // Otherwise EKS upgrades the cluster by itself when standard support ends, also past what the lane supports.
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
          policyArn: clusterAdminPolicy(args.region),
          accessScope: { type: "cluster" },
        },
        child(entry),
      );
    }

    // In this order: the CNI gets its rights from the agent. Nodes are not ready without CNI, so all come before them,
    // and go after them: the CNI also gives back the network interfaces of pods.
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
        // Without the switch it ignores NetworkPolicies.
        configuration: { enableNetworkPolicy: "true", env: { ADDITIONAL_ENI_TAGS: JSON.stringify(args.tags) } },
      },
      child(agent, ...cniRole.ready),
    );
    clusterAddon(name, "kube-proxy", { clusterName, versions: args.addons }, child());

    this.name = clusterName;
    this.endpoint = this.eksCluster.endpoint;
    this.certificateAuthority = this.eksCluster.certificateAuthority.data;
    this.securityGroupId = this.eksCluster.vpcConfig.clusterSecurityGroupId;
    tagEc2(`${name}-cluster`, this.securityGroupId, args.tags, child());
    this.kubeconfig = pulumi
      .all([this.endpoint, this.certificateAuthority])
      .apply(([endpoint, certificateAuthority]) =>
        eksKubeconfig({ name, region: args.region, endpoint, certificateAuthority }),
      );
    this.registerOutputs({ name: this.name, endpoint: this.endpoint });
  }
}

/**
 * Refuses, in a preview already, to create a cluster whose creator is also among its administrators: EKS gives the creator
 * an access entry by itself and refuses a second one (ResourceInUseException), ten minutes later. Once the cluster exists,
 * somebody else may run the program who is an administrator by their own entry.
 */
function creatorGuard(name: string, { caller, adminPrincipals }: ClusterArgs): pulumi.ResourceHook {
  const index = adminPrincipals.findIndex((principal) => isPrincipal(caller, principal));
  return new pulumi.ResourceHook(
    `${name}-creator`,
    () => {
      if (index < 0) return;
      throw new Error(
        `aws.cluster.adminPrincipals[${index}] is who creates the cluster (${caller}), and has access by that; ` +
          "EKS would refuse a second access entry. Remove it from the list.",
      );
    },
    { onDryRun: true },
  );
}
