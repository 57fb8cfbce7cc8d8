import { Netmask } from "netmask";
import { knownPartition } from "./resources/names";
import { parseBlock, privateAddresses } from "./resources/networkPlan";
import { MAX_NAME_LENGTH, type ParsedAws } from "./settings";
import { LABEL, oneOf } from "../../../settings/fields";
import { gpuNodeRules } from "./gpuNodeRules";
import { problem, type Problem, show } from "../../../settings/problems";
import { list, type Partially, valueAt } from "../../../settings/values";
import type { RuleContext } from "../../../components/capability";
import { type EksRulesConfigured, systemNodeRules } from "./systemNodeRules";

type Aws = Partially<ParsedAws>;

/** Blocks that a VPC may take: RFC 1918, and shared addresses (RFC 6598). */
const PRIVATE_BLOCKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Blocks that nobody has on the internet; EKS takes no reserved addresses for its public endpoint. */
const RESERVED_BLOCKS = [
  ...PRIVATE_BLOCKS,
  ...["127.0.0.0/8", "169.254.0.0/16", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
];

/**
 * Addresses that a node takes however few pods it runs: the VPC CNI keeps a whole spare interface beside the first, of 50
 * addresses each on a p4d.24xlarge and of 15 on an m6i.2xlarge.
 */
const ADDRESSES_PER_GPU_NODE = 100;
const ADDRESSES_PER_SYSTEM_NODE = 30;

/** Tags that an AWS resource may carry, and those that the program adds: Name, the environment and what EKS looks for. */
const MAX_TAGS = 50 - 10;

/** Checks the rules that tie AWS settings together. */
export function eksRules(config: EksRulesConfigured, { raw, defaultName }: RuleContext): Problem[] {
  const { aws } = config;
  if (aws === undefined) {
    return valueAt(raw, ["aws"]) === undefined
      ? [problem(["aws"], "is missing on platform eks; write an object with at least a region")]
      : [];
  }
  return [
    ...nameRules(aws, defaultName),
    ...regionRules(aws),
    ...tagRules(aws),
    ...networkRules(aws),
    ...zoneRules(aws),
    ...endpointRules(aws),
    ...clusterRules(aws),
    ...systemNodeRules(config),
    ...gpuNodeRules(config),
  ];
}

function nameRules({ name }: Aws, defaultName: string): Problem[] {
  const fits = LABEL.test(defaultName) && defaultName.length <= MAX_NAME_LENGTH;
  return name !== undefined || fits
    ? []
    : [
        problem(
          ["aws", "name"],
          `is missing, and project and stack (${show(defaultName)}) make no name for AWS; write lower-case letters, digits and "-", at most ${MAX_NAME_LENGTH} characters`,
        ),
      ];
}

/** Whoever administers the cluster is of the region's own partition; others have accounts that are not known there. */
function regionRules({ region, cluster }: Aws): Problem[] {
  if (region === undefined) {
    return [];
  }
  const partition = knownPartition(region);
  if (partition === undefined) {
    return [
      problem(
        ["aws", "region"],
        `${show(region)} is in a partition that is not supported, China's and the isolated ones; write a region such as us-east-1 or us-gov-west-1`,
      ),
    ];
  }
  return list(cluster?.adminPrincipals).flatMap((arn, index): Problem[] => {
    const theirs = arn?.split(":")[1];
    return theirs === undefined || theirs === partition
      ? []
      : [
          problem(
            ["aws", "cluster", "adminPrincipals", index],
            `${show(arn)} is of partition ${theirs}, and region ${region} is in ${partition}; write the ARN of a role or user there`,
          ),
        ];
  });
}

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices */
function tagRules({ tags = {} }: Aws): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(tags)) {
    const path = ["aws", "tags", key];
    if (/^(aws:|kubernetes\.io\/|eks:|llm-d\.ai\/)/i.test(key) || key === "Name") {
      problems.push(problem(path, "is a tag that AWS, Kubernetes or this program sets itself; write another key"));
    } else if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) {
      problems.push(
        problem(path, 'is no key for a tag; write at most 128 letters, digits, spaces and any of "_.:/=+-@"'),
      );
    } else if (value !== undefined && !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)) {
      problems.push(
        problem(path, `${show(value)} is not allowed; write at most 256 letters, digits, spaces and any of "_.:/=+-@"`),
      );
    } else if (key.includes("=") || [key, value ?? ""].some((text) => /:(\s|$)/.test(text))) {
      // Its chart writes all tags into one unquoted argument, KEY=VALUE, of a YAML list.
      problems.push(
        problem(
          path,
          'would be misread by the load balancer controller; write no "=" in a key and no ":" before a space or at an end',
        ),
      );
    }
  }
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS) {
    problems.push(
      problem(
        ["aws", "tags"],
        `are ${count}, and AWS takes 50 with those that the program adds; write at most ${MAX_TAGS}`,
      ),
    );
  }
  return problems;
}

function networkRules(aws: Aws): Problem[] {
  const path = ["aws", "network", "cidr"];
  const { cidr } = aws.network ?? {};
  const block = parseBlock(cidr);
  if (cidr === undefined || block === undefined) {
    return [];
  }
  if (block.bitmask < 16 || block.bitmask > 20) {
    return [problem(path, `${show(cidr)} is not from /16 to /20; write a block such as 10.0.0.0/16`)];
  }
  const first = block.toString();
  if (first !== cidr) {
    return [problem(path, `${show(cidr)} does not start where a /${block.bitmask} starts; write ${first}`)];
  }
  if (!PRIVATE_BLOCKS.some((other) => new Netmask(other).contains(block))) {
    return [
      problem(path, `${show(cidr)} is not private; write a block inside ${oneOf(PRIVATE_BLOCKS)} such as 10.0.0.0/16`),
    ];
  }
  return roomRules(aws, block);
}

/** Checks that the subnets have addresses for all nodes there can be. */
function roomRules({ network, systemNodes, gpuNodes }: Aws, block: Netmask): Problem[] {
  const zones = zoneCount(network);
  const { maxSize: gpu, zone } = gpuNodes ?? {};
  const system = systemNodes?.maxSize;
  if (zones === undefined || gpu === undefined || system === undefined) {
    return [];
  }
  const gpuInZone = zone === undefined ? Math.ceil(gpu / zones) : gpu;
  const needed = gpuInZone * ADDRESSES_PER_GPU_NODE + Math.ceil(system / zones) * ADDRESSES_PER_SYSTEM_NODE;
  if (needed <= privateAddresses(block.bitmask)) {
    return [];
  }
  const fitting = [19, 18, 17, 16].find((prefix) => prefix < block.bitmask && needed <= privateAddresses(prefix));
  return [
    problem(
      ["aws", "network", "cidr"],
      `${show(block.toString())} has ${privateAddresses(block.bitmask)} addresses for the nodes and pods of a zone, and at maxSize they take ${needed}; write ${fitting === undefined ? "" : `a /${fitting}, or `}a lower aws.gpuNodes.maxSize`,
    ),
  ];
}

function zoneRules({ region, network, gpuNodes }: Aws): Problem[] {
  const problems: Problem[] = [];
  const zones = list(network?.zones);
  const inRegion = (zone: string) => region === undefined || zone.slice(0, -1) === region;
  const foreign = (zone: string) => `${show(zone)} is not in region ${region}; write a zone such as ${region}a`;
  zones.forEach((zone, index) => {
    const path = ["aws", "network", "zones", index];
    if (zone !== undefined && !inRegion(zone)) {
      problems.push(problem(path, foreign(zone)));
    } else if (zone !== undefined && zones.indexOf(zone) < index) {
      problems.push(problem(path, `${show(zone)} is there twice; write each zone once`));
    }
  });
  if (zones.length === 1 || zones.length > 6) {
    problems.push(
      problem(
        ["aws", "network", "zones"],
        `are ${zones.length}, and an EKS cluster is built in two to six; write two or three zones`,
      ),
    );
  }
  const zone = gpuNodes?.zone;
  if (zone !== undefined && !inRegion(zone)) {
    problems.push(problem(["aws", "gpuNodes", "zone"], foreign(zone)));
  } else if (zone !== undefined && zones.length > 0 && !zones.includes(zone) && !zones.includes(undefined)) {
    problems.push(
      problem(
        ["aws", "gpuNodes", "zone"],
        `${show(zone)} is none of aws.network.zones; write ${oneOf(zones as string[])}, or add it there`,
      ),
    );
  }
  return problems;
}

/**
 * EKS opens a public endpoint to everybody when no block is named. Here that takes three things: the endpoint made
 * public, 0.0.0.0/0 written out, and allowAnywhere.
 */
function endpointRules({ cluster }: Aws): Problem[] {
  const { public: isPublic, publicCidrs, allowAnywhere } = cluster?.endpoint ?? {};
  if (isPublic === undefined || !Array.isArray(publicCidrs)) {
    return [];
  }
  const path = ["aws", "cluster", "endpoint", "publicCidrs"];
  if (!isPublic) return [];
  if (publicCidrs.length === 0) {
    return [
      problem(
        path,
        "are missing, and EKS would take that for the whole internet; write who may reach the API server, such as your own address followed by /32",
      ),
    ];
  }
  return publicCidrs.flatMap((cidr, index): Problem[] => {
    const block = parseBlock(cidr);
    if (cidr === undefined || block === undefined) {
      return [];
    }
    const at = [...path, index];
    const first = block.toString();
    if (first !== cidr) {
      return [problem(at, `${show(cidr)} does not start where a /${block.bitmask} starts; write ${first}`)];
    }
    // Shorter than /8 is in effect everybody as well: 0.0.0.0/1 and 128.0.0.0/1 make the whole.
    if (block.bitmask < 8 && allowAnywhere === false) {
      return [
        problem(
          at,
          `${show(cidr)} lets the internet reach the API server; write your own addresses, or ask for it by name with aws.cluster.endpoint.allowAnywhere: true`,
        ),
      ];
    }
    if (RESERVED_BLOCKS.some((other) => new Netmask(other).contains(block))) {
      return [
        problem(
          at,
          `${show(cidr)} is reserved, nobody comes from there; write the address that others see you come from`,
        ),
      ];
    }
    return [];
  });
}

function clusterRules({ cluster }: Aws): Problem[] {
  const { version, addons } = cluster ?? {};
  const kubeProxy = addons?.["kube-proxy"];
  return version === undefined || kubeProxy === undefined || kubeProxy.startsWith(`v${version}.`)
    ? []
    : [
        problem(
          ["aws", "cluster", "addons", "kube-proxy"],
          `${show(kubeProxy)} is not of Kubernetes ${version}; write a v${version} version, or remove it for the pinned one`,
        ),
      ];
}

/** How many zones are built in, where that is known. */
function zoneCount(network: Aws["network"]): number | undefined {
  const { zones, zoneCount } = network ?? {};
  return zones === undefined ? undefined : zones.length > 0 ? zones.length : zoneCount;
}
