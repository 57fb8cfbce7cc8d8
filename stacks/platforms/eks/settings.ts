import * as z from "zod";
import { INSTANCE_TYPE_NAMES, SYSTEM_INSTANCE_TYPE_NAMES } from "./instanceTypes";
import { DEFAULT_CLUSTER_VERSION, EKS_VERSION_NAMES, EKS_VERSIONS } from "./eksVersions";
import { ADDON_NAMES, type AddonName } from "./resources/names";
import { applies, choice, dnsLabel, field, flag, oneOf, onlyWith, text, wholeNumber } from "../../../settings/fields";

/**
 * Longest name prefix. Resource names add a suffix to it. The shortest limit is that of IAM role names, 64 characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
 */
export const MAX_NAME_LENGTH = 40;

/** A CIDR block as AWS takes it. A separate rule checks that its address is the first of the block. */
const OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const CIDR = new RegExp(`^(${OCTET}\\.){3}${OCTET}/(3[0-2]|[12]?\\d)$`);

const ZONE = /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/;

/** Days that CloudWatch Logs keeps logs for: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html. */
export const RETENTION_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
] as const;

/** Logs of the control plane: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html. */
export const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"] as const;

function retention(description: string) {
  return field(z.literal(RETENTION_DAYS), {
    description,
    expected: `a number of days that CloudWatch Logs offers: ${oneOf(RETENTION_DAYS)}`,
    unit: "days",
  });
}

const zone = (description: string) => text(ZONE, description, "an availability zone such as us-east-1a");

const network = field(
  z.strictObject({
    cidr: text(
      CIDR,
      "IPv4 block of the VPC, from /16 to /20. Pods use addresses of this block too.",
      "a private IPv4 block from /16 to /20 such as 10.0.0.0/16",
    ).default("10.0.0.0/16"),
    zones: field(z.array(zone("One availability zone.")), {
      description: "Availability zones of the network, at least two. Default: discovered.",
      expected: "a list of availability zones such as [us-east-1a, us-east-1b], or omit it to discover them",
    }).default([]),
    zoneCount: wholeNumber(2, 6, "Number of zones if they are discovered.", "zones").default(3),
    nat: choice(
      ["single", "perZone"],
      "NAT gateways: single (one for all zones) or perZone (one in each, which costs more and survives the loss of a zone).",
    ).default("single"),
    interfaceEndpoints: flag(
      "Connect to ECR, STS, EC2, EKS and CloudWatch Logs through interface endpoints in the VPC instead of NAT.",
    ).default(false),
    flowLogs: field(
      z.strictObject({
        enabled: flag("Log the traffic of the VPC's network interfaces to CloudWatch Logs.").default(false),
        retentionDays: retention("How long flow logs are kept.").default(30),
      }),
      { description: "Flow logs of the VPC.", expected: "an object with enabled and retentionDays" },
    ).prefault({}),
  }),
  { description: "The VPC.", expected: "an object of network settings" },
);

const addonVersion = (name: AddonName) =>
  text(
    /^v\d+\.\d+\.\d+-eksbuild\.\d+$/,
    `Version of the EKS add-on ${name}. Default: the version pinned for the Kubernetes version.`,
    `a version that \`aws eks describe-addon-versions --addon-name ${name}\` lists, such as v1.2.3-eksbuild.1`,
  ).optional();

const cluster = field(
  z.strictObject({
    version: choice(EKS_VERSION_NAMES, "Kubernetes version of the EKS cluster.").default(DEFAULT_CLUSTER_VERSION),
    endpoint: field(
      z.strictObject({
        public: flag(
          "Whether publicCidrs can reach the API server from outside the VPC. Inside the VPC it is always reachable.",
        ).default(false),
        publicCidrs: applies(
          field(
            z.array(text(CIDR, "One IPv4 block.", "an IPv4 block: an address followed by / and a number from 0 to 32")),
            {
              description:
                "Networks that may reach a public API server. An empty list is refused, because EKS would allow everybody.",
              expected: "a list of IPv4 blocks, such as your own address followed by /32",
            },
          ),
          onlyWith("./public", [true]),
        ).default([]),
        allowAnywhere: flag(
          "Allow the whole internet to reach the API server. Without it, 0.0.0.0/0 in publicCidrs is refused.",
        ).default(false),
      }),
      { description: "Networks from which the API server is reachable.", expected: "an object of endpoint settings" },
    ).prefault({}),
    logTypes: field(z.array(choice(LOG_TYPES, "One kind of log.")), {
      description: `Control plane logs that go to CloudWatch Logs: any of ${LOG_TYPES.join(", ")}.`,
      expected: `a list of any of ${LOG_TYPES.join(", ")}`,
    }).default(["api", "audit", "authenticator"]),
    logRetentionDays: retention("How long control plane logs are kept.").default(90),
    adminPrincipals: field(
      z.array(
        text(
          /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/\S+$/,
          "ARN of one IAM role or user.",
          "the ARN of an IAM role or user such as arn:aws:iam::123456789012:role/admin",
        ),
      ),
      {
        description: "IAM roles and users that administer the cluster, besides its creator. Each gets an access entry.",
        expected: "a list of ARNs of IAM roles and users",
      },
    ).default([]),
    addons: field(
      z.strictObject(
        Object.fromEntries(ADDON_NAMES.map((name) => [name, addonVersion(name)])) as Record<
          AddonName,
          ReturnType<typeof addonVersion>
        >,
      ),
      {
        description: "Versions of EKS add-ons that differ from the pinned ones.",
        expected: `an object keyed by ${oneOf(ADDON_NAMES)}`,
      },
    ).prefault({}),
  }),
  { description: "The EKS cluster.", expected: "an object of cluster settings" },
);

const size = (min: number, max: number, description: string) => wholeNumber(min, max, description, "nodes");

const systemNodes = field(
  z.strictObject({
    instanceType: choice(
      SYSTEM_INSTANCE_TYPE_NAMES,
      "EC2 instance type of the nodes for all pods except model servers.",
    ).default("m6i.2xlarge"),
    minSize: size(1, 100, "Smallest number of nodes.").default(2),
    maxSize: size(1, 100, "Largest number of nodes.").default(4),
    desiredSize: size(1, 100, "Number of nodes.").default(2),
    diskGiB: wholeNumber(20, 16_384, "Size of each node's root volume.", "GiB").default(100),
  }),
  {
    description: "Nodes for istiod, endpoint pickers, controllers and monitoring.",
    expected: "an object of node group settings",
  },
);

const gpuNodes = field(
  z.strictObject({
    instanceType: choice(INSTANCE_TYPE_NAMES, "EC2 instance type of the GPU nodes.").default("p4d.24xlarge"),
    minSize: size(0, 100, "Smallest number of nodes.").default(0),
    maxSize: size(1, 100, "Largest number of nodes.").default(1),
    desiredSize: size(
      0,
      100,
      "Number of nodes; 0 removes all. With autoscaled or schedule it is only the number that a new node group starts with.",
    ).default(1),
    zone: zone(
      "Availability zone of all GPU nodes. Required for a reservation, a capacity block and a placement group. Default: all zones of the network.",
    ).optional(),
    diskGiB: wholeNumber(50, 16_384, "Size of each node's root volume.", "GiB").default(300),
    amiRelease: text(
      /^\d+\.\d+\.\d+-20\d{6}$/,
      "Release of the AMI (AL2023_x86_64_NVIDIA). Default: the release pinned for the Kubernetes version.",
      `a release of github.com/awslabs/amazon-eks-ami in the form VERSION-YYYYMMDD such as ${EKS_VERSIONS[DEFAULT_CLUSTER_VERSION].amiRelease}`,
    ).optional(),
    capacity: field(
      z.strictObject({
        type: choice(
          ["onDemand", "reservation", "capacityBlock"],
          "Source of the capacity: onDemand, reservation (an on-demand capacity reservation) or capacityBlock (a capacity block for ML).",
        ).default("onDemand"),
        id: applies(
          text(
            /^cr-[0-9a-f]{17}$/,
            "Id of the capacity reservation or capacity block.",
            "the id of a capacity reservation such as cr-0123456789abcdef0",
          ),
          onlyWith("./type", ["reservation", "capacityBlock"]),
        ).optional(),
      }),
      { description: "Source of the capacity for GPU nodes.", expected: "an object with type and id" },
    ).prefault({}),
    efa: flag("Elastic Fabric Adapters on all network cards, with the device plugin.").default(false),
    placementGroup: flag("Put all GPU nodes close together in one cluster placement group.").default(false),
    taint: flag("Taint GPU nodes with nvidia.com/gpu. Only pods that tolerate the taint run there.").default(true),
    autoscaled: flag("An autoscaler sets the number of nodes, so desiredSize no longer changes it.").default(false),
    schedule: applies(
      field(
        z.strictObject({
          timeZone: field(z.string(), {
            description: "Time zone of start and stop.",
            expected: "an IANA time zone such as Europe/Berlin",
          }),
          start: field(z.string(), {
            description: "When the nodes start, as many as desiredSize.",
            expected: 'a cron expression of five fields such as "0 8 * * MON-FRI"',
          }),
          stop: field(z.string(), {
            description: "When all GPU nodes stop.",
            expected: 'a cron expression of five fields such as "0 18 * * MON-FRI"',
          }),
        }),
        {
          description: "Run GPU nodes only between start and stop. Default: always.",
          expected: "an object with timeZone, start and stop",
        },
      ),
      // A capacity block is paid in advance and ends by itself.
      onlyWith("aws.gpuNodes.capacity.type", ["onDemand", "reservation"]),
    ).optional(),
  }),
  { description: "Nodes for model servers.", expected: "an object of node group settings" },
);

/** All settings of AWS. */
export const awsSchema = field(
  z.strictObject({
    region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region.", "an AWS region such as us-east-1"),
    name: dnsLabel(
      MAX_NAME_LENGTH,
      "Name of the cluster, and prefix of all other names. Default: project and stack, such as llm-d-dev.",
    ).optional(),
    tags: field(z.record(z.string(), z.string()), {
      description: "Tags of every AWS resource, besides llm-d.ai/environment.",
      expected: "an object of tags with texts as values",
    }).default({}),
    network: network.prefault({}),
    cluster: cluster.prefault({}),
    systemNodes: systemNodes.prefault({}),
    gpuNodes: gpuNodes.prefault({}),
  }),
  {
    description: "All settings of AWS.",
    expected: "an object with at least a region",
  },
);

/** The AWS part as the schema gives it, before versions, name and capacity are resolved. */
export type ParsedAws = z.output<typeof awsSchema>;
