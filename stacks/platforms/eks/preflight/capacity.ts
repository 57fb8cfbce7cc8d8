import { DescribeCapacityReservationsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { type AwsClientOptions, nameOf } from "../awsClient";
import type { Check, Verdict } from "../../operations";
import { runningInstances } from "./instances";

/** Which reservation or capacity block is wanted, and for what. */
export interface CapacityDemand {
  readonly kind: "reservation" | "capacityBlock";
  readonly id: string;
  readonly type: string;
  readonly zone?: string;
  readonly nodes: number;
  readonly region: string;
}

/** What EC2 says about it. */
export interface Reservation {
  readonly state: string;
  readonly type: string;
  readonly zone: string;
  readonly platform: string;
  readonly tenancy: string;
  /** default or capacity-block. */
  readonly kind: string;
  readonly total: number;
  readonly available: number;
  readonly start?: Date;
  readonly end?: Date;
}

export interface CapacityEvidence {
  /** Undefined: there is none with that id. */
  readonly reservation?: Reservation;
  /** Nodes of this stack that run in it already. */
  readonly ownNodes: number;
  readonly now: Date;
}

/** Whether the reservation fits what the configuration asks for. */
export function capacityCheck(
  demand: CapacityDemand,
  cluster: string,
  options: AwsClientOptions,
): Check<CapacityEvidence> {
  return {
    id: "aws.capacity",
    subject: `${demand.kind === "reservation" ? "capacity reservation" : "capacity block"} ${demand.id}`,
    async gather(abortSignal) {
      const client = new EC2Client(options);
      const command = new DescribeCapacityReservationsCommand({ CapacityReservationIds: [demand.id] });
      const [found, running] = await Promise.all([
        client.send(command, { abortSignal }).catch((error: unknown) => {
          if (/InvalidCapacityReservationId/.test(nameOf(error))) return { CapacityReservations: [] };
          throw error;
        }),
        runningInstances(client, cluster, abortSignal),
      ]);
      const [reservation] = found.CapacityReservations ?? [];
      const ownNodes = running.filter((instance) => instance.own && instance.reservation === demand.id).length;
      if (reservation === undefined) return { ownNodes, now: new Date() };
      return {
        ownNodes,
        now: new Date(),
        reservation: {
          state: reservation.State ?? "",
          type: reservation.InstanceType ?? "",
          zone: reservation.AvailabilityZone ?? "",
          platform: reservation.InstancePlatform ?? "",
          tenancy: reservation.Tenancy ?? "default",
          kind: reservation.ReservationType ?? "default",
          total: reservation.TotalInstanceCount ?? 0,
          available: reservation.AvailableInstanceCount ?? 0,
          start: reservation.StartDate,
          end: reservation.EndDate,
        },
      };
    },
    judge: (evidence) => judgeCapacity(demand, evidence),
  };
}

/** States from which a reservation can still become usable by waiting. */
const PENDING = new Set(["assessing", "delayed", "payment-pending", "pending", "scheduled"]);

/** How long before a reservation's end a warning starts, in milliseconds: a day. */
const ENDS_SOON_MS = 24 * 60 * 60 * 1000;

export function judgeCapacity(demand: CapacityDemand, { reservation, ownNodes, now }: CapacityEvidence): Verdict {
  const look = `aws ec2 describe-capacity-reservations --capacity-reservation-ids ${demand.id} --region ${demand.region}`;
  const failed = (detail: string, remedy: string): Verdict => ({ status: "failed", detail, remedy });
  if (reservation === undefined) {
    return failed(`there is none in ${demand.region}`, `Look at aws.gpuNodes.capacity.id and aws.region: ${look}`);
  }
  const isBlock = reservation.kind === "capacity-block";
  if (isBlock !== (demand.kind === "capacityBlock")) {
    const actual = isBlock ? "capacityBlock" : "reservation";
    return failed(`it is a ${reservation.kind} reservation`, `Write ${actual} as aws.gpuNodes.capacity.type.`);
  }
  if (reservation.type !== demand.type) {
    return failed(
      `it is for ${reservation.type}`,
      `Write ${reservation.type} as aws.gpuNodes.instanceType, or the id of a reservation for ${demand.type}.`,
    );
  }
  if (demand.zone !== undefined && reservation.zone !== demand.zone) {
    return failed(`it is in ${reservation.zone}`, `Write ${reservation.zone} as aws.gpuNodes.zone.`);
  }
  if (reservation.platform !== "Linux/UNIX" || reservation.tenancy !== "default") {
    return failed(
      `it is for ${reservation.platform} with ${reservation.tenancy} tenancy`,
      "Nodes are Linux/UNIX with default tenancy: use a reservation for those.",
    );
  }
  if (PENDING.has(reservation.state)) return judgePending(demand, reservation, look);
  if (reservation.state !== "active") {
    return failed(`its state is ${reservation.state}`, `It gives no capacity any more; use another one. ${look}`);
  }
  const usable = reservation.available + ownNodes;
  const free = `active in ${reservation.zone}, ${reservation.available} of ${reservation.total} free${ownNodes > 0 ? `, ${ownNodes} used by this stack` : ""}`;
  if (usable < demand.nodes) {
    return failed(
      `${demand.nodes} wanted; ${free}`,
      "End what else runs in it, make it larger, or ask for fewer nodes (aws.gpuNodes.desiredSize).",
    );
  }
  const { end } = reservation;
  if (end !== undefined && end.getTime() - now.getTime() < ENDS_SOON_MS) {
    return {
      status: "warning",
      detail: `${free}; ends ${end.toISOString()}`,
      remedy: isBlock
        ? "EC2 ends the instances of a block from 30 minutes before its end: extend the block, or take the nodes to 0 before."
        : "Nodes that start after its end are plain on-demand ones, if there are any: extend it.",
    };
  }
  return { status: "passed", detail: `${free}${end === undefined ? "" : `, until ${end.toISOString()}`}` };
}

function judgePending(demand: CapacityDemand, { state, start }: Reservation, look: string): Verdict {
  const from = start === undefined ? "" : ` from ${start.toISOString()}`;
  const detail = `its state is ${state}${from}: no node can start in it yet`;
  if (demand.nodes === 0) return { status: "passed", detail: `${detail}, and none is asked for` };
  return {
    status: "failed",
    detail,
    remedy: `Wait for it, or set aws.gpuNodes.minSize and desiredSize to 0 until then: ${look}`,
  };
}
