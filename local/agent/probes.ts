/** Startup, readiness and liveness probes, sent like the kubelet's from the host to the pod's address. */
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as net from "node:net";

import type { V1ContainerPort, V1Probe } from "@kubernetes/client-node";

import { messageOf } from "./cluster";

/** The result of one probe. */
interface ProbeResult {
  success: boolean;
  /** Why it failed. */
  message: string;
}

/** The container that is probed. */
export interface ProbeTarget {
  address: string;
  ports: V1ContainerPort[];
}

const OK: ProbeResult = { success: true, message: "" };

/** Probes once. An error is a failure. */
export async function probeOnce(probe: V1Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.httpGet !== undefined) return await httpGet(probe, target, timeout);
    if (probe.tcpSocket !== undefined) {
      const { host, port } = probe.tcpSocket;
      return await connect(host || target.address, portNumber(port, target.ports), timeout);
    }
    if (probe.grpc !== undefined) {
      return await grpcHealth(target.address, probe.grpc.port, probe.grpc.service ?? "", timeout);
    }
    return { success: false, message: "the embedded environment does not support probes of this kind" };
  } catch (error) {
    return { success: false, message: messageOf(error) };
  }
}

/**
 * Probes periodically, after the probe's initial delay.
 *
 * @param decided called when a threshold is reached, and after each further probe with the same result
 * @returns a function that stops it; a probe that is under way then has no effect
 */
export function startProbing(
  probe: V1Probe,
  target: ProbeTarget,
  decided: (success: boolean, message: string) => void,
): () => void {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let successes = 0;
  let failures = 0;
  const after = (milliseconds: number): void => {
    if (!stopped) timer = setTimeout(() => void run(), milliseconds);
  };
  const run = async (): Promise<void> => {
    const begun = Date.now();
    const { success, message } = await probeOnce(probe, target);
    if (stopped) return;
    successes = success ? successes + 1 : 0;
    failures = success ? 0 : failures + 1;
    if (successes >= successThreshold) decided(true, "");
    if (failures >= failureThreshold) decided(false, message);
    after(Math.max(0, periodSeconds * 1000 - (Date.now() - begun)));
  };
  after(initialDelaySeconds * 1000);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/**
 * A port by its number or by its name in the container.
 *
 * @throws Error when the container has no port of that name
 */
export function portNumber(port: number | string, ports: V1ContainerPort[]): number {
  const number = Number(port);
  if (Number.isInteger(number)) return number;
  const named = ports.find(({ name }) => name === port);
  if (named === undefined) throw new Error(`couldn't find port: ${port}`);
  return named.containerPort;
}

function httpGet(probe: V1Probe, target: ProbeTarget, timeout: number): Promise<ProbeResult> {
  const { host, port, path, scheme, httpHeaders } = probe.httpGet ?? { port: 0 };
  const headers: Record<string, string> = { "user-agent": "kube-probe", accept: "*/*", connection: "close" };
  for (const { name, value } of httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const options = {
    host: host || target.address,
    port: portNumber(port, target.ports),
    path: path ?? "/",
    headers,
    agent: false as const,
    signal: AbortSignal.timeout(timeout),
  };
  return new Promise((resolve, reject) => {
    const answered = (response: http.IncomingMessage): void => {
      response.resume();
      const status = response.statusCode ?? 0;
      const success = status >= 200 && status < 400;
      resolve(success ? OK : { success, message: `HTTP probe failed with statuscode: ${status}` });
    };
    const request =
      // The kubelet does not verify certificates either.
      scheme === "HTTPS" ? https.get({ ...options, rejectUnauthorized: false }, answered) : http.get(options, answered);
    request.on("error", reject);
  });
}

function connect(host: string, port: number, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    socket.setTimeout(timeout, () => socket.destroy(new Error(`connect to ${host}:${port}: timed out`)));
    socket.once("connect", () => {
      socket.destroy();
      resolve(OK);
    });
    socket.once("error", reject);
  });
}

/** Calls grpc.health.v1.Health/Check once. */
function grpcHealth(host: string, port: number, service: string, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://${host}:${port}`);
    const deadline = setTimeout(() => end(new Error(`health check of ${host}:${port} timed out`)), timeout);
    const end = (outcome: ProbeResult | Error): void => {
      clearTimeout(deadline);
      session.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    session.on("error", end);
    const call = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const parts: Buffer[] = [];
    let status: string | undefined;
    let detail: string | undefined;
    const readStatus = (headers: http2.IncomingHttpHeaders): void => {
      status = headers["grpc-status"]?.toString() ?? status;
      detail = headers["grpc-message"]?.toString() ?? detail;
    };
    call.on("response", readStatus);
    call.on("trailers", readStatus);
    call.on("data", (part: Buffer) => parts.push(part));
    call.on("error", end);
    call.on("end", () => end(healthOf(Buffer.concat(parts), status, detail, service)));
    call.end(healthRequest(service));
  });
}

/** A HealthCheckRequest for a service in gRPC's framing. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  // Field 1, length-delimited. One byte of length is enough, because names are shorter than 128 bytes.
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** The result that a HealthCheckResponse in gRPC's framing means. */
export function healthOf(
  frame: Buffer,
  status: string | undefined,
  detail: string | undefined,
  service: string,
): ProbeResult {
  if (status !== "0") {
    return { success: false, message: `service "${service}": gRPC status ${status}: ${detail ?? ""}` };
  }
  const states = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
  const state = frame[5] === 0x08 ? (states[frame[6] ?? 0] ?? "UNKNOWN") : "UNKNOWN";
  return state === "SERVING" ? OK : { success: false, message: `service unhealthy (responded with "${state}")` };
}
