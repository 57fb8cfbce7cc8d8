import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { readKubeconfig } from "../kubeconfig";
import type { Instance, StateFolder } from "../state";
import type { Toolchain } from "../toolchain";
import { kubeconfig, kubeconfigPath, USER_NAMES, writeCredentials } from "./credentials";
import { kwokConfiguration } from "./kwok";
import { ManagedProcess, type ProcessStatus } from "./managedProcess";
import { NODES, nodeManifest } from "./nodes";
import { programs } from "./programs";

const run = promisify(execFile);

/** How long etcd and the API server may take to be ready, in milliseconds. They take 6 s on two cores. */
const READY_TIMEOUT_MS = 120_000;

/** etcd, the Kubernetes control plane and KWOK, as child processes. */
export class ControlPlane {
  private readonly processes: ManagedProcess[];

  constructor(
    private readonly state: StateFolder,
    private readonly instance: Instance,
    private readonly toolchain: Toolchain,
    private readonly log: (line: string) => void,
  ) {
    this.processes = programs(state, instance, toolchain).map((spec) => new ManagedProcess(spec, log));
  }

  /** Starts everything. Returns when the nodes are ready. */
  async start(): Promise<void> {
    const tokens = await writeCredentials(this.state);
    await this.bridge("up");
    const [etcd, apiServer, ...others] = this.processes;
    etcd?.start();
    apiServer?.start();
    const certificate = await this.certificate();
    for (const user of USER_NAMES) {
      const server = `https://127.0.0.1:${this.instance.apiServerPort}`;
      this.state.write(
        path.relative(this.state.dir, kubeconfigPath(this.state, user)),
        kubeconfig(server, certificate, tokens[user]),
      );
    }
    const client = readKubeconfig(this.state.kubeconfig);
    await this.ready(client);
    this.state.write("run/kwok.yaml", kwokConfiguration(path.join(this.toolchain.share, "kwok", "stages")));
    for (const other of others) other.start();
    await this.registerNodes(client);
    this.log("the control plane is ready");
  }

  status(): ProcessStatus[] {
    return this.processes.map((entry) => entry.status());
  }

  /** Stops everything, in reverse order. */
  async stop(): Promise<void> {
    for (const entry of [...this.processes].reverse()) await entry.stop();
    await this.bridge("down");
  }

  private async bridge(direction: "up" | "down"): Promise<void> {
    const { bridge, bridgeAddress, serviceAddress } = this.instance;
    const addresses =
      direction === "up" ? ["--address", `${bridgeAddress}/16`, "--service", `${serviceAddress}/32`] : [];
    await run(this.toolchain.bin("pod-sandbox"), ["bridge", direction, "--name", bridge, ...addresses]);
  }

  /** The certificate that the API server creates for itself on its first start. */
  private async certificate(): Promise<string> {
    const file = this.state.path("run", "certificates", "apiserver.crt");
    await this.until("the API server's certificate", () => fs.existsSync(file) && fs.statSync(file).size > 0);
    fs.chmodSync(path.dirname(file), 0o700);
    return fs.readFileSync(file, "utf8");
  }

  private async ready(client: k8s.KubeConfig): Promise<void> {
    const health = client.makeApiClient(k8s.VersionApi);
    const core = client.makeApiClient(k8s.CoreV1Api);
    await this.until("the API server", async () => {
      await health.getCode();
      // The other programs need the namespace and roles that the API server creates on its first start.
      await core.readNamespace({ name: "kube-system" });
      const roles = await client
        .makeApiClient(k8s.RbacAuthorizationV1Api)
        .readClusterRole({ name: "system:kube-scheduler" });
      return roles.metadata !== undefined;
    });
  }

  private async until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const last = await Promise.resolve()
        .then(done)
        .then((ok) => (ok ? undefined : "not yet"))
        .catch((error: unknown) => String(error));
      if (last === undefined) return;
      if (Date.now() > end) {
        throw new Error(
          `${what} is not ready after ${READY_TIMEOUT_MS / 1000} s (${last}); logs: ${this.state.path("logs")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  private async registerNodes(client: k8s.KubeConfig): Promise<void> {
    // A kubelet of the same release reports the same version.
    const { gitVersion: version } = await client.makeApiClient(k8s.VersionApi).getCode();
    const core = client.makeApiClient(k8s.CoreV1Api);
    const there = new Set((await core.listNode()).items.map((node) => node.metadata?.name));
    for (const shape of NODES.filter((node) => !there.has(node.name))) {
      await core.createNode({ body: nodeManifest(shape, version) });
    }
    await this.until("the nodes", async () => {
      const { items } = await core.listNode();
      return items.every((node) =>
        node.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
      );
    });
  }
}
