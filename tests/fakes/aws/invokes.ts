import { FakeError } from "./errors";
import { CALLER } from "./rules/eks";
import { T } from "./rules";
import { ACCOUNT, PARTITION, type Props, type World } from "./world";

/** Zones of the region. */
const ZONES = ["a", "b", "c", "d"];

type Invoke = (world: World, args: Props) => Props;

/** The functions that the fake answers, by token. */
const INVOKES: Readonly<Record<string, Invoke>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": ({ region }) => ({
    id: region,
    region,
    names: ZONES.map((zone) => region + zone),
    zoneIds: ZONES.map((_, index) => `use1-az${index + 1}`),
    groupNames: [region],
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: ACCOUNT,
    accountId: ACCOUNT,
    arn: CALLER,
    userId: "AIDAEXAMPLE",
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: PARTITION,
    partition: PARTITION,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getRegion:getRegion": ({ region }) => ({
    id: region,
    name: region,
    region,
    endpoint: `ec2.${region}.amazonaws.com`,
    description: region,
  }),
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": ({ region }, args) => {
    const filters = (args.filters ?? []) as { name: string; values: string[] }[];
    const wanted = filters.find(({ name }) => name === "instance-type")?.values ?? [];
    const locations = args.locationType === "region" ? [region] : ZONES.map((zone) => region + zone);
    const pairs = wanted.flatMap((type) => locations.map((location) => ({ type, location })));
    return {
      id: region,
      region,
      instanceTypes: pairs.map(({ type }) => type),
      locations: pairs.map(({ location }) => location),
      locationTypes: pairs.map(() => args.locationType ?? "availability-zone"),
    };
  },
  "aws:eks/getCluster:getCluster": (world, { name }) => {
    const cluster = world.get(T.cluster, name);
    if (cluster === undefined) throw new FakeError(`reading EKS Cluster (${String(name)}): couldn't find resource`);
    return { ...cluster.outputs, id: cluster.id };
  },
  "aws:ec2/getSubnet:getSubnet": (world, { id }) => {
    const subnet = world.get(T.subnet, id);
    if (subnet === undefined) throw new FakeError("reading EC2 Subnet: couldn't find resource");
    return { ...subnet.outputs, id: subnet.id };
  },
};

/** Answers an invoke. @throws FakeError for an unknown function */
export function invoke(world: World, token: string, args: Props): Props {
  const answer = INVOKES[token];
  if (answer === undefined) throw new FakeError(`the fake AWS provider does not know the function ${token}`);
  return answer(world, args);
}
