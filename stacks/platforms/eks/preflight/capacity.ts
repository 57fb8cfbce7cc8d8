import { type CapacityReservation, DescribeCapacityReservationsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { type Check, failed, passed, type Verdict, warning } from "../../operations";
import { nameOf } from "../awsClient";
import { runningInstances } from "./instances";

/** The reservation or capacity block that the GPU nodes use. */
export interface CapacityDemand {
  readonly kind: "reservation" | "capacityBlock";
  readonly id: string;
  readonly type: string;
  readonly zone?: string;
  readonly nodes: number;
  readonly region: string;
}

interface CapacityEvidence {
  /** Undefined: none has that id. */
  readonly reservation?: CapacityReservation;
  /** Nodes of this stack that run in it already. */
  readonly ownNodes: number;
  readonly now: Date;
}

/** Whether the reservation fits the configuration. */
export function capacityCheck(demand: CapacityDemand, cluster: string): Check<CapacityEvidence> {
  const { kind, id, region } = demand;
  return {
    id: "aws.capacity",
    subject: `${kind === "reservation" ? "capacity reservation" : "capacity block"} ${id}`,
    async gather(abortSignal) {
      const client = new EC2Client({ region });
      const command = new DescribeCapacityReservationsCommand({ CapacityReservationIds: [id] });
      const [found, running] = await Promise.all([
        client.send(command, { abortSignal }).catch((error: unknown) => {
          if (/InvalidCapacityReservationId/.test(nameOf(error))) return { CapacityReservations: [] };
          throw error;
        }),
        runningInstances(client, cluster, abortSignal),
      ]);
      return {
        reservation: found.CapacityReservations?.[0],
        ownNodes: running.filter((instance) => instance.own && instance.reservation === id).length,
        now: new Date(),
      };
    },
    judge: (evidence) => judgeCapacity(demand, evidence),
  };
}

/** States from which a reservation can become active. */
const PENDING = new Set(["assessing", "delayed", "payment-pending", "pending", "scheduled"]);

/** How long before a reservation's end the warning starts, in milliseconds: a day. */
const ENDS_SOON_MS = 24 * 60 * 60 * 1000;

/** Decides on the reservation. */
export function judgeCapacity(demand: CapacityDemand, { reservation, ownNodes, now }: CapacityEvidence): Verdict {
  const look = `aws ec2 describe-capacity-reservations --capacity-reservation-ids ${demand.id} --region ${demand.region}`;
  if (reservation === undefined) {
    return failed(`there is none in ${demand.region}`, `Check aws.gpuNodes.capacity.id and aws.region: ${look}`);
  }
  const {
    State: state = "",
    InstanceType: type = "",
    AvailabilityZone: zone = "",
    InstancePlatform: platform = "",
    Tenancy: tenancy = "default",
    ReservationType: kind = "default",
    TotalInstanceCount: total = 0,
    AvailableInstanceCount: available = 0,
    EndDate: end,
  } = reservation;
  const isBlock = kind === "capacity-block";
  if (isBlock !== (demand.kind === "capacityBlock")) {
    const actual = isBlock ? "capacityBlock" : "reservation";
    return failed(`it is a ${kind} reservation`, `Write ${actual} as aws.gpuNodes.capacity.type.`);
  }
  if (type !== demand.type) {
    return failed(
      `it is for ${type}`,
      `Write ${type} as aws.gpuNodes.instanceType, or the id of a reservation for ${demand.type}.`,
    );
  }
  if (demand.zone !== undefined && zone !== demand.zone) {
    return failed(`it is in ${zone}`, `Write ${zone} as aws.gpuNodes.zone.`);
  }
  if (platform !== "Linux/UNIX" || tenancy !== "default") {
    return failed(
      `it is for ${platform} with ${tenancy} tenancy`,
      "The nodes are Linux/UNIX with default tenancy: use a reservation for those.",
    );
  }
  if (PENDING.has(state)) return judgePending(demand, reservation, look);
  if (state !== "active") {
    return failed(`its state is ${state}`, `It gives no capacity any more; use another one. ${look}`);
  }
  const used = ownNodes > 0 ? `, ${ownNodes} used by this stack` : "";
  const free = `active in ${zone}, ${available} of ${total} free${used}`;
  if (available + ownNodes < demand.nodes) {
    return failed(
      `${demand.nodes} wanted; ${free}`,
      "Stop other instances in it, enlarge it, or use fewer nodes (aws.gpuNodes.desiredSize).",
    );
  }
  if (end === undefined) return passed(free);
  if (end.getTime() - now.getTime() >= ENDS_SOON_MS) return passed(`${free}, until ${end.toISOString()}`);
  return warning(
    `${free}; ends ${end.toISOString()}`,
    isBlock
      ? "EC2 stops the instances of a block from 30 minutes before its end: extend the block, or scale the nodes to 0 before."
      : "Nodes that start after its end are on-demand nodes without reserved capacity: extend it.",
  );
}

function judgePending(demand: CapacityDemand, { State, StartDate }: CapacityReservation, look: string): Verdict {
  const from = StartDate === undefined ? "" : ` from ${StartDate.toISOString()}`;
  const detail = `its state is ${State}${from}: no node can start in it yet`;
  return demand.nodes === 0
    ? passed(`${detail}, and none is asked for`)
    : failed(detail, `Wait for it, or set aws.gpuNodes.minSize and desiredSize to 0 until then: ${look}`);
}
