/** Where the capacity for GPU nodes comes from. */
export type Capacity =
  | { readonly type: "onDemand" }
  /** An on-demand capacity reservation. */
  | { readonly type: "reservation"; readonly id: string }
  /** A capacity block for ML. */
  | { readonly type: "capacityBlock"; readonly id: string };

/** What the capacity has to be fit for. */
export interface CapacityArgs {
  readonly capacity: Capacity;
  readonly placementGroup: boolean;
  readonly efa: boolean;
  /** EFA interfaces of the instance type. */
  readonly efaInterfaces: number;
  /** The zone of all GPU nodes; undefined when they may be in any. */
  readonly zone?: string;
}

/** What a capacity means for the node group and its launch template. */
export interface CapacityInputs {
  /** Of the node group. */
  readonly capacityType: "ON_DEMAND" | "CAPACITY_BLOCK";
  /** Of the launch template. */
  readonly instanceMarketOptions?: { readonly marketType: "capacity-block" };
  /** Of the launch template. */
  readonly capacityReservationSpecification?: {
    readonly capacityReservationTarget: { readonly capacityReservationId: string };
  };
}

/**
 * Why the settings cannot go together in AWS; empty when they can. A reservation and a placement group can, although only
 * a reservation that was made in that group keeps its capacity close together:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-cpg.html.
 */
export function capacityProblems(args: CapacityArgs): string[] {
  const { capacity, placementGroup, efa, zone } = args;
  const problems: string[] = [];
  if (efa && args.efaInterfaces < 1) problems.push("efa: the instance type has no Elastic Fabric Adapter");
  if (zone === undefined) {
    if (capacity.type === "reservation")
      problems.push("zone: a capacity reservation is in one zone, which has to be set");
    if (capacity.type === "capacityBlock") problems.push("zone: a capacity block is in one zone, which has to be set");
    if (placementGroup) problems.push("zone: a cluster placement group is in one zone, which has to be set");
  }
  if (placementGroup && capacity.type === "capacityBlock") {
    problems.push("placementGroup: a capacity block has its own placement, close together in an UltraCluster");
  }
  return problems;
}

/** The inputs for a capacity. */
export function capacityInputs(capacity: Capacity): CapacityInputs {
  switch (capacity.type) {
    case "onDemand":
      return { capacityType: "ON_DEMAND" };
    case "reservation":
      return { capacityType: "ON_DEMAND", ...target(capacity.id) };
    case "capacityBlock":
      return {
        capacityType: "CAPACITY_BLOCK",
        instanceMarketOptions: { marketType: "capacity-block" },
        ...target(capacity.id),
      };
  }
}

const target = (capacityReservationId: string): Pick<CapacityInputs, "capacityReservationSpecification"> => ({
  capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId } },
});
