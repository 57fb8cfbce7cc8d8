import type * as pulumi from "@pulumi/pulumi";

/** Facts about an instance type that decide how its nodes are launched. */
export interface GpuInstanceFacts {
  readonly networkCards: number;
  /** Number of Elastic Fabric Adapters, one for each network card; 0 without EFA. */
  readonly efaInterfaces: number;
  /** Whether it has local NVMe disks. */
  readonly instanceStore: boolean;
  /** Pods with an address from the default network card: its interfaces x (addresses of each - 1) + 2. */
  readonly maxPods: number;
}

/** Where the capacity for GPU nodes comes from: on demand, an on-demand capacity reservation, or a capacity block for ML. */
export type Capacity =
  | { readonly type: "onDemand" }
  | { readonly type: "reservation"; readonly id: string }
  | { readonly type: "capacityBlock"; readonly id: string };

/** Settings that the capacity limits. */
interface CapacityArgs {
  readonly capacity: Capacity;
  readonly placementGroup: boolean;
  readonly efa: boolean;
  /** Number of EFA interfaces of the instance type. */
  readonly efaInterfaces: number;
  /**
   * The zone of all GPU nodes.
   *
   * @default any zone
   */
  readonly zone?: string;
}

/** Inputs of the node group (`capacityType`) and of its launch template (the others). */
interface CapacityInputs {
  readonly capacityType: "ON_DEMAND" | "CAPACITY_BLOCK";
  readonly instanceMarketOptions?: { readonly marketType: "capacity-block" };
  readonly capacityReservationSpecification?: {
    readonly capacityReservationTarget: { readonly capacityReservationId: string };
  };
}

/**
 * Combinations that AWS does not allow. A placement group and a reservation are allowed together. But only a reservation
 * that was made in that group keeps its instances close together.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-cpg.html
 */
export function capacityProblems(args: CapacityArgs): pulumi.InputPropertyErrorDetails[] {
  const { capacity, placementGroup, efa, zone } = args;
  const problems: pulumi.InputPropertyErrorDetails[] = [];
  const refuse = (propertyPath: string, reason: string) => problems.push({ propertyPath, reason });
  if (efa && args.efaInterfaces < 1) refuse("efa", "the instance type has no Elastic Fabric Adapter");
  if (zone === undefined) {
    if (capacity.type === "reservation") refuse("zone", "must be set: a capacity reservation is in one zone");
    if (capacity.type === "capacityBlock") refuse("zone", "must be set: a capacity block is in one zone");
    if (placementGroup) refuse("zone", "must be set: a cluster placement group is in one zone");
  }
  if (placementGroup && capacity.type === "capacityBlock") {
    refuse("placementGroup", "a capacity block has a placement of its own, close together in an UltraCluster");
  }
  return problems;
}

/** The inputs for a capacity. */
export function capacityInputs(capacity: Capacity): CapacityInputs {
  if (capacity.type === "onDemand") return { capacityType: "ON_DEMAND" };
  const target = {
    capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: capacity.id } },
  };
  return capacity.type === "reservation"
    ? { capacityType: "ON_DEMAND", ...target }
    : { capacityType: "CAPACITY_BLOCK", instanceMarketOptions: { marketType: "capacity-block" }, ...target };
}

/** A network interface of a launch template, without its security groups. */
interface EfaInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly interfaceType: "efa" | "efa-only";
  /** The provider takes the flag as text. */
  readonly deleteOnTermination: "true";
}

/**
 * The network interfaces of an instance with an Elastic Fabric Adapter on every network card.
 *
 * The first one carries the node's IP address: device 0 of card 0. The others carry only EFA traffic, and so take no
 * address of the subnet (`efa-only`). They are device 1 of their cards, because device 0 exists once per instance.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
 * @throws Error when the instance type has no EFA, or fewer network cards than adapters
 */
export function efaInterfaces(facts: Pick<GpuInstanceFacts, "networkCards" | "efaInterfaces">): EfaInterface[] {
  if (facts.efaInterfaces < 1) throw new Error("the instance type has no Elastic Fabric Adapter");
  if (facts.efaInterfaces > facts.networkCards) {
    throw new Error(`${facts.efaInterfaces} EFA interfaces do not fit on ${facts.networkCards} network cards`);
  }
  return Array.from({ length: facts.efaInterfaces }, (_, card) => ({
    networkCardIndex: card,
    deviceIndex: card === 0 ? 0 : 1,
    interfaceType: card === 0 ? "efa" : "efa-only",
    deleteOnTermination: "true",
  }));
}
