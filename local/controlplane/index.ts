import { execFile } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import type { Instance, StateFolder } from "../state";
import type { Toolchain } from "../toolchain";
import { frontProxy } from "./frontProxy";
import { kubeconfig } from "./kubeconfig";
import { ManagedProcess, type ProcessStatus } from "./managedProcess";
import { NODES, nodeManifest } from "./nodes";
import { kubeconfigPath, programs, type User, USERS } from "./programs";
import { encryptionConfiguration } from "./encryption";
import { kwokConfiguration } from "./stages";

const run = promisify(execFile);

/** How long etcd and the API server may take to be ready, in milliseconds; 6 s were seen on two cores. */
const READY_TIMEOUT_MS = 120_000;

/** etcd, the Kubernetes control plane and KWOK, as processes of the caller. */
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

  /** Starts everything that is down; returns when the nodes are ready. */
  async start(): Promise<void> {
    const tokens = this.writeCredentials();
    await this.writeFrontProxy();
    await this.bridge("up");
    const [etcd, apiServer, ...others] = this.processes;
    etcd?.start();
    apiServer?.start();
    const certificate = await this.certificate();
    for (const user of Object.keys(USERS) as User[]) {
      const server = `https://127.0.0.1:${this.instance.apiServerPort}`;
      this.state.write(
        path.relative(this.state.dir, kubeconfigPath(this.state, user)),
        kubeconfig(server, certificate, tokens[user]),
      );
    }
    const client = new k8s.KubeConfig();
    client.loadFromFile(this.state.kubeconfig);
    await this.ready(client);
    this.state.write("run/kwok.yaml", kwokConfiguration(path.join(this.toolchain.share, "kwok", "stages")));
    for (const other of others) other.start();
    await this.registerNodes(client);
    this.log("the control plane is ready");
  }

  status(): ProcessStatus[] {
    return this.processes.map((entry) => entry.status());
  }

  /** Stops everything, the last started first. */
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

  /** Makes the keys and tokens that are not there yet; an environment that is started again keeps those it has. */
  private writeCredentials(): Record<User, string> {
    if (this.state.read("run/service-account.key") === undefined) {
      const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
      this.state.write("run/service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    }
    if (this.state.read("run/encryption.yaml") === undefined) {
      this.state.write("run/encryption.yaml", encryptionConfiguration(crypto.randomBytes(32).toString("base64")));
    }
    let tokens = this.state.readJson<Record<User, string>>("run/tokens.json");
    if (tokens === undefined) {
      const fresh = (Object.keys(USERS) as User[]).map((user) => [user, crypto.randomBytes(32).toString("hex")]);
      tokens = Object.fromEntries(fresh) as Record<User, string>;
      this.state.write("run/tokens.json", JSON.stringify(tokens));
    }
    const lines = (Object.keys(USERS) as User[]).map(
      (user) => `${tokens[user]},${USERS[user].name},${user},${USERS[user].group}`,
    );
    this.state.write("run/tokens.csv", `${lines.join("\n")}\n`);
    return tokens;
  }

  private async writeFrontProxy(): Promise<void> {
    if (this.state.read("run/front-proxy/client.crt") !== undefined) return;
    const { authority, certificate, privateKey } = await frontProxy();
    fs.mkdirSync(this.state.path("run", "front-proxy"), { recursive: true, mode: 0o700 });
    this.state.write("run/front-proxy/ca.crt", authority);
    this.state.write("run/front-proxy/client.key", privateKey);
    // Last: where it is, all are.
    this.state.write("run/front-proxy/client.crt", certificate);
  }

  /** The certificate that the API server makes for itself when it first starts. */
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
      // Everything after this needs the namespace and the roles that the API server makes when it first starts.
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
    // What the API server says of itself; a kubelet of the same release would say the same.
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
