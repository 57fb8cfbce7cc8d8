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

/** Blocks that a VPC may use: RFC 1918, and shared addresses (RFC 6598). */
const PRIVATE_BLOCKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Blocks that do not exist on the internet. EKS takes no reserved addresses for its public endpoint. */
const RESERVED_BLOCKS = [
  ...PRIVATE_BLOCKS,
  ...["127.0.0.0/8", "169.254.0.0/16", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
];

/**
 * Addresses that a node takes, even with few pods. The VPC CNI keeps a whole spare interface next to the first. Each has
 * 50 addresses on a p4d.24xlarge, and 15 on an m6i.2xlarge.
 */
const ADDRESSES_PER_GPU_NODE = 100;
const ADDRESSES_PER_SYSTEM_NODE = 30;

/** AWS allows 50 tags. The program adds up to 10: Name, the environment, and the tags that EKS looks for. */
const MAX_TAGS = 50 - 10;

/** Checks the rules between AWS settings. */
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

function* nameRules({ name }: Aws, defaultName: string): Iterable<Problem> {
  if (name !== undefined || (LABEL.test(defaultName) && defaultName.length <= MAX_NAME_LENGTH)) return;
  yield problem(
    ["aws", "name"],
    `is missing, and project and stack (${show(defaultName)}) make no name for AWS; write lower-case letters, digits and "-", at most ${MAX_NAME_LENGTH} characters`,
  );
}

/** The administrators of a cluster must be in the partition of its region. */
function* regionRules({ region, cluster }: Aws): Iterable<Problem> {
  if (region === undefined) return;
  const partition = knownPartition(region);
  if (partition === undefined) {
    yield problem(
      ["aws", "region"],
      `${show(region)} is in a partition that is not supported (China and the isolated ones); write a region such as us-east-1 or us-gov-west-1`,
    );
    return;
  }
  for (const [index, arn] of list(cluster?.adminPrincipals).entries()) {
    const theirs = arn?.split(":")[1];
    if (theirs === undefined || theirs === partition) continue;
    yield problem(
      ["aws", "cluster", "adminPrincipals", index],
      `${show(arn)} is in partition ${theirs}, and region ${region} is in ${partition}; write the ARN of a role or user there`,
    );
  }
}

function* tagRules({ tags = {} }: Aws): Iterable<Problem> {
  for (const [key, value] of Object.entries(tags)) {
    const message = tagMessage(key, value);
    if (message !== undefined) yield problem(["aws", "tags", key], message);
  }
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS) {
    const message = `are ${count}, and AWS takes 50 with those that the program adds; write at most ${MAX_TAGS}`;
    yield problem(["aws", "tags"], message);
  }
}

/** @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices */
function tagMessage(key: string, value: string | undefined): string | undefined {
  if (/^(aws:|kubernetes\.io\/|eks:|llm-d\.ai\/)/i.test(key) || key === "Name") {
    return "is a tag that AWS, Kubernetes or this program sets itself; write another key";
  }
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) {
    return 'is not a key for a tag; write at most 128 letters, digits, spaces and any of "_.:/=+-@"';
  }
  if (value !== undefined && !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)) {
    return `${show(value)} is not allowed; write at most 256 letters, digits, spaces and any of "_.:/=+-@"`;
  }
  // The chart writes all tags as KEY=VALUE into one unquoted item of a YAML list.
  return key.includes("=") || [key, value ?? ""].some((text) => /:(\s|$)/.test(text))
    ? 'would be misread by the load balancer controller; write no "=" in a key and no ":" before a space or at an end'
    : undefined;
}

function* networkRules(aws: Aws): Iterable<Problem> {
  const path = ["aws", "network", "cidr"];
  const { cidr } = aws.network ?? {};
  const block = parseBlock(cidr);
  if (cidr === undefined || block === undefined) return;
  const first = block.toString();
  if (block.bitmask < 16 || block.bitmask > 20) {
    yield problem(path, `${show(cidr)} is not from /16 to /20; write a block such as 10.0.0.0/16`);
  } else if (first !== cidr) {
    yield problem(path, `${show(cidr)} does not start where a /${block.bitmask} starts; write ${first}`);
  } else if (!isInside(block, PRIVATE_BLOCKS)) {
    const message = `${show(cidr)} is not private; write a block inside ${oneOf(PRIVATE_BLOCKS)} such as 10.0.0.0/16`;
    yield problem(path, message);
  } else {
    yield* roomRules(aws, block);
  }
}

function isInside(block: Netmask, others: readonly string[]): boolean {
  return others.some((other) => new Netmask(other).contains(block));
}

/** Checks that the subnets have enough addresses for the largest number of nodes. */
function* roomRules({ network, systemNodes, gpuNodes }: Aws, block: Netmask): Iterable<Problem> {
  const zones = zoneCount(network);
  const { maxSize: gpu, zone } = gpuNodes ?? {};
  const system = systemNodes?.maxSize;
  if (zones === undefined || gpu === undefined || system === undefined) return;
  const gpuInZone = zone === undefined ? Math.ceil(gpu / zones) : gpu;
  const needed = gpuInZone * ADDRESSES_PER_GPU_NODE + Math.ceil(system / zones) * ADDRESSES_PER_SYSTEM_NODE;
  const available = privateAddresses(block.bitmask);
  if (needed <= available) return;
  const fitting = [19, 18, 17, 16].find((prefix) => prefix < block.bitmask && needed <= privateAddresses(prefix));
  const larger = fitting === undefined ? "" : `a /${fitting}, or `;
  yield problem(
    ["aws", "network", "cidr"],
    `${show(block.toString())} has ${available} addresses for the nodes and pods of a zone, and at maxSize they take ${needed}; write ${larger}a lower aws.gpuNodes.maxSize`,
  );
}

function* zoneRules({ region, network, gpuNodes }: Aws): Iterable<Problem> {
  const zones = list(network?.zones);
  const inRegion = (zone: string) => region === undefined || zone.slice(0, -1) === region;
  const foreign = (zone: string) => `${show(zone)} is not in region ${region}; write a zone such as ${region}a`;
  for (const [index, zone] of zones.entries()) {
    const path = ["aws", "network", "zones", index];
    if (zone === undefined) continue;
    if (!inRegion(zone)) yield problem(path, foreign(zone));
    else if (zones.indexOf(zone) < index) yield problem(path, `${show(zone)} is listed twice; write each zone once`);
  }
  if (zones.length === 1 || zones.length > 6) {
    const message = `are ${zones.length}, and an EKS cluster needs two to six; write two or three zones`;
    yield problem(["aws", "network", "zones"], message);
  }
  const zone = gpuNodes?.zone;
  if (zone === undefined) return;
  const path = ["aws", "gpuNodes", "zone"];
  if (!inRegion(zone)) {
    yield problem(path, foreign(zone));
  } else if (zones.length > 0 && !zones.includes(zone) && !zones.includes(undefined)) {
    const others = oneOf(zones as string[]);
    yield problem(path, `${show(zone)} is none of aws.network.zones; write ${others}, or add it there`);
  }
}

/**
 * EKS opens a public endpoint to everybody when no block is named. Here that needs three settings: a public endpoint,
 * the block 0.0.0.0/0, and allowAnywhere.
 */
function* endpointRules({ cluster }: Aws): Iterable<Problem> {
  const { public: isPublic, publicCidrs, allowAnywhere } = cluster?.endpoint ?? {};
  if (isPublic !== true || !Array.isArray(publicCidrs)) return;
  const path = ["aws", "cluster", "endpoint", "publicCidrs"];
  if (publicCidrs.length === 0) {
    yield problem(
      path,
      "are missing, and EKS would then allow the whole internet; write who may reach the API server, such as your own address followed by /32",
    );
  }
  for (const [index, cidr] of publicCidrs.entries()) {
    const block = parseBlock(cidr);
    if (cidr === undefined || block === undefined) continue;
    const at = [...path, index];
    const first = block.toString();
    if (first !== cidr) {
      yield problem(at, `${show(cidr)} does not start where a /${block.bitmask} starts; write ${first}`);
      // Two blocks shorter than /8, 0.0.0.0/1 and 128.0.0.0/1, together are everybody too.
    } else if (block.bitmask < 8 && allowAnywhere === false) {
      yield problem(
        at,
        `${show(cidr)} lets the internet reach the API server; write your own addresses, or allow it with aws.cluster.endpoint.allowAnywhere: true`,
      );
    } else if (isInside(block, RESERVED_BLOCKS)) {
      yield problem(
        at,
        `${show(cidr)} is reserved, and no request comes from there; write the address that others see you come from`,
      );
    }
  }
}

function* clusterRules({ cluster }: Aws): Iterable<Problem> {
  const { version, addons } = cluster ?? {};
  const kubeProxy = addons?.["kube-proxy"];
  if (version === undefined || kubeProxy === undefined || kubeProxy.startsWith(`v${version}.`)) return;
  yield problem(
    ["aws", "cluster", "addons", "kube-proxy"],
    `${show(kubeProxy)} is not of Kubernetes ${version}; write a v${version} version, or remove it for the pinned one`,
  );
}

/** The number of zones; undefined while it is unknown. */
function zoneCount(network: Aws["network"]): number | undefined {
  const { zones, zoneCount } = network ?? {};
  return zones === undefined ? undefined : zones.length > 0 ? zones.length : zoneCount;
}
