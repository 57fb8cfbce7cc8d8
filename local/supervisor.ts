import * as fs from "node:fs";
import * as http from "node:http";
import { type Agent, type PodProcessStatus, startAgent } from "./agent";
import { ControlPlane } from "./controlplane";
import type { ProcessStatus } from "./controlplane/managedProcess";
import { simulateGpuOperator } from "./simulators/gpuOperator";
import type { Simulator } from "./simulators/simulator";
import { type Instance, StateFolder } from "./state";
import { supervisorVersion } from "./supervisorVersion";
import { ensureToolchain } from "./toolchain";

/**
 * The long-running process of an embedded environment. `make local` starts it, detached from the terminal:
 * `supervisor.ts STATE_FOLDER`. Every other process is its child and dies with it. It answers on a Unix socket in the state
 * folder: GET /status, POST /stop.
 */

/** Starts the simulators. Tests start further ones in their own process. */
const SIMULATORS = [simulateGpuOperator];

/** The supervisor's answer to GET /status. */
export interface SupervisorStatus {
  readonly pid: number;
  readonly phase: "starting" | "ready" | "stopping";
  /** Hash of the programs and the code that it runs. After a change, the next command replaces the supervisor. */
  readonly version: string;
  readonly instance: Instance;
  readonly processes: ProcessStatus[];
  readonly pods: PodProcessStatus[];
}

async function main(stateDir: string): Promise<void> {
  const state = new StateFolder(stateDir);
  const instance = state.instance();
  if (instance === undefined) throw new Error(`${state.path("instance.json")} is missing; run make local`);
  const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

  // Whoever starts an environment has asked for what else its settings need.
  const toolchain = await ensureToolchain(["environment"], { quiet: true });
  const version = supervisorVersion(toolchain);
  const controlPlane = new ControlPlane(state, instance, toolchain, log);
  let agent: Agent | undefined;
  let simulators: Simulator[] = [];
  let phase: SupervisorStatus["phase"] = "starting";

  const status = (): SupervisorStatus => ({
    pid: process.pid,
    phase,
    version,
    instance,
    processes: controlPlane.status(),
    pods: agent?.status() ?? [],
  });

  let stopping: Promise<void> | undefined;
  const stop = (exitCode = 0): Promise<void> =>
    (stopping ??= (async () => {
      phase = "stopping";
      log("stopping");
      await Promise.all(simulators.map((one) => one.stop()));
      await agent?.stop();
      await controlPlane.stop();
      fs.rmSync(state.socket, { force: true });
      log("stopped");
      process.exit(exitCode);
    })());

  const server = http.createServer((request, response) => {
    if (request.method === "POST" && request.url === "/stop") void stop();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(status()));
  });
  // A killed supervisor leaves its socket file. The caller has checked that none answers on it.
  fs.rmSync(state.socket, { force: true });
  await new Promise<void>((resolve) => server.listen(state.socket, resolve));
  fs.chmodSync(state.socket, 0o600);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop());

  try {
    await controlPlane.start();
    agent = await startAgent({
      kubeconfig: state.kubeconfig,
      stateDir: state.dir,
      toolchain,
      bridge: instance.bridge,
      podCidr: instance.podCidr,
      apiServer: { host: instance.serviceAddress, port: 443 },
      loadBalancerPrefix: instance.loadBalancerPrefix,
      log,
    });
    simulators = SIMULATORS.map((start) => start(state.kubeconfig, log));
    phase = "ready";
    log("ready");
  } catch (caught) {
    // The caller shows the end of the log. Everything stops, so that the next try can start.
    log(`failed: ${caught instanceof Error ? caught.stack : String(caught)}`);
    await stop(1);
  }
}

if (require.main === module) {
  const [stateDir] = process.argv.slice(2);
  if (stateDir === undefined) throw new Error("usage: supervisor.ts STATE_FOLDER");
  main(stateDir).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
