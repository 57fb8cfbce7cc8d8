import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Pod } from "@kubernetes/client-node";

import { type Connection, interfaceName, type SandboxSettings } from "./sandboxSpec";
import { type PodProcess, startPod } from "./runtime";

/** User of the pause image, in the range that Linux assigns to no one. */
const PAUSE_USER = 65_535;

/** The network that the containers of one pod share. A pause process keeps it alive, as in a container runtime. */
export class PodNetwork {
  private pause: PodProcess | undefined;

  /**
   * @param podIP the pod's address
   * @param lost called when the network ends without a call of {@link end}
   */
  constructor(
    private readonly settings: SandboxSettings,
    private readonly podIP: string,
    private readonly lost: () => void,
  ) {}

  /**
   * How a container is connected. The only container of a pod creates the network itself. Several containers join the
   * network of the pause process, so that each can end and start again without an effect on the others.
   */
  of(pod: V1Pod): Connection {
    const { containers = [], initContainers = [], securityContext } = pod.spec ?? {};
    const sysctls = Object.fromEntries((securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]));
    const network = {
      join: 0,
      bridge: this.settings.bridge,
      interface: interfaceName(pod.metadata?.uid ?? ""),
      address: `${this.podIP}/${this.settings.prefixLength}`,
      gateway: this.settings.gateway,
    };
    if (containers.length + initContainers.length <= 1) return { network, sysctls };
    this.pause ??= this.start({ network, sysctls });
    return { network: { ...network, join: this.pause.pid }, sysctls: {} };
  }

  /** Deletes the network, after the pod's containers have ended. */
  async end(): Promise<void> {
    const pause = this.pause;
    this.pause = undefined;
    pause?.signal("SIGKILL");
    await pause?.exit;
  }

  private start(connection: Connection): PodProcess {
    const sandbox = this.settings.toolchain.bin("pod-sandbox");
    const root = path.join(this.settings.folder, "pause");
    fs.mkdirSync(root, { recursive: true, mode: 0o700 });
    const spec = {
      ...connection,
      parent: process.pid,
      hostname: "pause",
      ...{ root, readOnlyRoot: true, hosts: "", resolvConf: "", mounts: [] },
      files: [{ path: "/usr/local/bin/pause", source: sandbox, readOnly: true }],
      ...{ uid: PAUSE_USER, gid: PAUSE_USER, groups: [], capabilities: [], noNewPrivileges: true },
      workingDir: "/",
      arguments: ["/usr/local/bin/pause", "pause"],
      environment: [],
    };
    const pause = startPod(sandbox, spec, path.join(this.settings.folder, "pause.log"));
    void pause.exit.then(() => {
      if (this.pause !== pause) return;
      this.pause = undefined;
      this.lost();
    });
    return pause;
  }
}
