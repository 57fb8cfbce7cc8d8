import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../../stacks/config";
import { GOOD, lines, parse, parseAws, problemsOf } from "../../../../support/configurations";

const RETENTION =
  "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653";

/** Changes of the AWS part of a valid configuration, and all problems that must be reported. */
const TABLE: [name: string, aws: RawConfig, ...reported: string[]][] = [
  [
    "a missing region",
    { region: undefined, name: "llm" },
    "aws.region: is missing; write an AWS region such as us-east-1",
  ],
  [
    "a zone as region",
    { region: "us-east-1a" },
    'aws.region: "us-east-1a" is not allowed; write an AWS region such as us-east-1',
  ],
  [
    "a region of a partition that is not supported",
    { region: "cn-north-1" },
    'aws.region: "cn-north-1" is in a partition that is not supported (China and the isolated ones); write a region such as us-east-1 or us-gov-west-1',
  ],
  [
    "an administrator of another partition",
    { region: "us-gov-west-1", cluster: { adminPrincipals: ["arn:aws:iam::123456789012:role/admin"] } },
    'aws.cluster.adminPrincipals[0]: "arn:aws:iam::123456789012:role/admin" is in partition aws, and region us-gov-west-1 is in aws-us-gov; write the ARN of a role or user there',
  ],
  [
    "a name with capitals",
    { name: "LLM" },
    'aws.name: "LLM" is not allowed; write lower-case letters, digits and "-", at most 40 characters, starting and ending with a letter or digit',
  ],
  ["a misspelt key", { gpuNode: {} }, "aws.gpuNode: is not a setting; did you mean gpuNodes?"],
  [
    "a tag that AWS sets",
    { tags: { "aws:team": "x" } },
    "aws.tags.aws:team: is a tag that AWS, Kubernetes or this program sets itself; write another key",
  ],
  [
    "a tag's value that AWS refuses",
    { tags: { team: "a&b" } },
    'aws.tags.team: "a&b" is not allowed; write at most 256 letters, digits, spaces and any of "_.:/=+-@"',
  ],
  [
    "a tag that the load balancer controller's chart would misread",
    { tags: { team: "serving: A" } },
    'aws.tags.team: would be misread by the load balancer controller; write no "=" in a key and no ":" before a space or at an end',
  ],
  [
    "a tag key that the load balancer controller's chart would misread",
    { tags: { "a=b": "c" } },
    'aws.tags.a=b: would be misread by the load balancer controller; write no "=" in a key and no ":" before a space or at an end',
  ],
  [
    "too many tags",
    { tags: Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`tag-${index}`, ""])) },
    "aws.tags: are 41, and AWS takes 50 with those that the program adds; write at most 40",
  ],
  // Network
  [
    "a network that is not a CIDR block",
    { network: { cidr: "10.0.0.0" } },
    'aws.network.cidr: "10.0.0.0" is not allowed; write a private IPv4 block from /16 to /20 such as 10.0.0.0/16',
  ],
  [
    "a block that is too large",
    { network: { cidr: "10.0.0.0/8" } },
    'aws.network.cidr: "10.0.0.0/8" is not from /16 to /20; write a block such as 10.0.0.0/16',
  ],
  [
    "a block that does not start at its first address",
    { network: { cidr: "10.0.1.0/16" } },
    'aws.network.cidr: "10.0.1.0/16" does not start where a /16 starts; write 10.0.0.0/16',
  ],
  [
    "a block of public addresses",
    { network: { cidr: "54.240.0.0/16" } },
    'aws.network.cidr: "54.240.0.0/16" is not private; write a block inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10 such as 10.0.0.0/16',
  ],
  [
    "a block without room for all nodes",
    { network: { cidr: "10.0.0.0/20" }, gpuNodes: { maxSize: 8, zone: "us-east-1b" } },
    'aws.network.cidr: "10.0.0.0/20" has 507 addresses for the nodes and pods of a zone, and at maxSize they take 860; write a /19, or a lower aws.gpuNodes.maxSize',
  ],
  [
    "a zone of another region",
    { network: { zones: ["us-east-1a", "us-west-2b"] } },
    'aws.network.zones[1]: "us-west-2b" is not in region us-east-1; write a zone such as us-east-1a',
  ],
  [
    "a zone twice",
    { network: { zones: ["us-east-1a", "us-east-1b", "us-east-1a"] } },
    'aws.network.zones[2]: "us-east-1a" is listed twice; write each zone once',
  ],
  [
    "a single zone",
    { network: { zones: ["us-east-1a"] } },
    "aws.network.zones: are 1, and an EKS cluster needs two to six; write two or three zones",
  ],
  [
    "a log retention that CloudWatch does not offer",
    { network: { flowLogs: { retentionDays: 10 } } },
    `aws.network.flowLogs.retentionDays: 10 is not allowed; write ${RETENTION}`,
  ],
  // Cluster
  [
    "a Kubernetes that Istio does not support yet",
    { cluster: { version: "1.34" } },
    "aws.cluster.version: Kubernetes 1.34 does not fit Istio 1.27.9, which supports 1.29 to 1.33; write 1.33",
  ],
  [
    "a version that YAML reads as a number",
    { cluster: { version: 1.33 } },
    "aws.cluster.version: 1.33 is not allowed; write 1.32, 1.33 or 1.34",
  ],
  [
    "a public endpoint without blocks",
    { cluster: { endpoint: { public: true } } },
    "aws.cluster.endpoint.publicCidrs: are missing, and EKS would then allow the whole internet; write who may reach the API server, such as your own address followed by /32",
  ],
  [
    "a public endpoint for the whole internet without allowAnywhere",
    { cluster: { endpoint: { public: true, publicCidrs: ["0.0.0.0/0"] } } },
    'aws.cluster.endpoint.publicCidrs[0]: "0.0.0.0/0" lets the internet reach the API server; write your own addresses, or allow it with aws.cluster.endpoint.allowAnywhere: true',
  ],
  [
    "a public endpoint for the whole internet in two halves",
    { cluster: { endpoint: { public: true, publicCidrs: ["0.0.0.0/1", "128.0.0.0/1"] } } },
    'aws.cluster.endpoint.publicCidrs[0]: "0.0.0.0/1" lets the internet reach the API server; write your own addresses, or allow it with aws.cluster.endpoint.allowAnywhere: true',
    'aws.cluster.endpoint.publicCidrs[1]: "128.0.0.0/1" lets the internet reach the API server; write your own addresses, or allow it with aws.cluster.endpoint.allowAnywhere: true',
  ],
  [
    "private addresses at the public endpoint",
    { cluster: { endpoint: { public: true, publicCidrs: ["192.168.0.0/16"] } } },
    'aws.cluster.endpoint.publicCidrs[0]: "192.168.0.0/16" is reserved, and no request comes from there; write the address that others see you come from',
  ],
  [
    "a block at the public endpoint that does not start at its first address",
    { cluster: { endpoint: { public: true, publicCidrs: ["54.240.193.130/24"] } } },
    'aws.cluster.endpoint.publicCidrs[0]: "54.240.193.130/24" does not start where a /24 starts; write 54.240.193.0/24',
  ],
  [
    "an address without a prefix at the public endpoint",
    { cluster: { endpoint: { public: true, publicCidrs: ["54.240.193.130"] } } },
    'aws.cluster.endpoint.publicCidrs[0]: "54.240.193.130" is not allowed; write an IPv4 block: an address followed by / and a number from 0 to 32',
  ],
  [
    "public blocks with a private endpoint",
    { cluster: { endpoint: { publicCidrs: ["54.240.193.130/32"] } } },
    "aws.cluster.endpoint.publicCidrs: has no effect with aws.cluster.endpoint.public false; remove it, or write true as aws.cluster.endpoint.public",
  ],
  [
    "an assumed role as administrator",
    { cluster: { adminPrincipals: ["arn:aws:sts::123456789012:assumed-role/admin/me"] } },
    'aws.cluster.adminPrincipals[0]: "arn:aws:sts::123456789012:assumed-role/admin/me" is not allowed; write the ARN of an IAM role or user such as arn:aws:iam::123456789012:role/admin',
  ],
  [
    "an unknown log type",
    { cluster: { logTypes: ["api", "controller"] } },
    'aws.cluster.logTypes[1]: "controller" is not allowed; write api, audit, authenticator, controllerManager or scheduler',
  ],
  [
    "an add-on version without a build",
    { cluster: { addons: { coredns: "v1.12.4" } } },
    'aws.cluster.addons.coredns: "v1.12.4" is not allowed; write a version that `aws eks describe-addon-versions --addon-name coredns` lists, such as v1.2.3-eksbuild.1',
  ],
  [
    "a kube-proxy of another Kubernetes version",
    { cluster: { addons: { "kube-proxy": "v1.34.6-eksbuild.2" } } },
    'aws.cluster.addons.kube-proxy: "v1.34.6-eksbuild.2" is not of Kubernetes 1.33; write a v1.33 version, or remove it for the pinned one',
  ],
  // System nodes
  [
    "too few system nodes for their workloads",
    { systemNodes: { instanceType: "m6i.xlarge", desiredSize: 1, minSize: 1 } },
    "aws.systemNodes.desiredSize: 1 of m6i.xlarge has no room for istiod, endpoint pickers, controllers and monitoring; write at least 2, or a larger type",
  ],
  [
    "fewer system nodes than minSize",
    { systemNodes: { desiredSize: 2, minSize: 3 } },
    "aws.systemNodes.desiredSize: 2 is less than minSize (3); write at least 3",
  ],
  [
    "a minSize above maxSize",
    { systemNodes: { minSize: 5 } },
    "aws.systemNodes.minSize: 5 is more than maxSize (4); write at most 4",
  ],
];

/** The same for changes outside the AWS part. */
const AROUND: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "an istiod that is larger than a system node",
    { istio: { pilot: { resources: { cpu: 12 } } } },
    "aws.systemNodes.instanceType: m6i.2xlarge has no room for istiod, which requests 12 CPU and 2Gi (istio.pilot.resources); write a larger type",
  ],
  [
    "the settings of an existing cluster",
    { kubernetes: { kubeconfig: "/etc/kubeconfig", context: "cluster" } },
    "kubernetes: has no effect with platform eks; remove it, or write local, existing or openshift as platform",
  ],
];

describe("the configuration of platform eks", () => {
  for (const [name, aws, ...reported] of TABLE) {
    it(`refuses ${name}`, () => assert.deepEqual(lines(problemsOf(() => parseAws(aws))), reported));
  }

  for (const [name, change, ...reported] of AROUND) {
    it(`refuses ${name}`, () => assert.deepEqual(lines(problemsOf(() => parseAws({}, change))), reported));
  }

  for (const aws of [undefined, {}]) {
    it(`refuses a missing AWS part (${JSON.stringify(aws)})`, () => {
      assert.deepEqual(lines(problemsOf(() => parse({ platform: "eks", kubernetes: {}, aws }))), [
        "aws: is missing on platform eks; write an object with at least a region",
      ]);
    });
  }

  it("is refused on another platform", () => {
    assert.deepEqual(lines(problemsOf(() => parse({ ...GOOD, aws: { region: "us-east-1" } }))), [
      "aws: has no effect with platform existing; remove it, or write eks as platform",
    ]);
  });

  it("refuses a missing name when the stack's name is not valid in AWS", () => {
    assert.deepEqual(lines(problemsOf(() => parseAws({}, {}, { defaultName: "llm-d-Team_A" }))), [
      'aws.name: is missing, and project and stack ("llm-d-Team_A") make no name for AWS; write lower-case letters, digits and "-", at most 40 characters',
    ]);
  });

  it("reports all problems at once", () => {
    const problems = problemsOf(() =>
      parseAws({
        region: "us-east-1",
        network: { cidr: "10.0.1.0/16", zoneCount: 1 },
        cluster: { version: "1.30", endpoint: { public: true } },
        gpuNodes: { instanceType: "p3.2xlarge", capacity: { type: "spot" }, desiredSize: 3 },
      }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      [
        "aws.network.zoneCount",
        "aws.cluster.version",
        "aws.gpuNodes.instanceType",
        "aws.gpuNodes.capacity.type",
        "aws.network.cidr",
        "aws.cluster.endpoint.publicCidrs",
        "aws.gpuNodes.desiredSize",
      ],
    );
  });
});
