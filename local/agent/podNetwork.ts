/** The network that the containers of one pod share: held by a pause, as a container runtime's is. */
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Pod } from "@kubernetes/client-node";

import { interfaceName, type SandboxSettings } from "./sandboxSpec";
import { type PodProcess, type SandboxSpec, startPod } from "./runtime";

/** User of the pause image, in the range that Linux leaves to no one. */
const PAUSE_USER = 65_535;

/** A pod's network. */
export class PodNetwork {
  private pause: PodProcess | undefined;

  /**
   * @param settings where the network is made
   * @param podIP the pod's address
   * @param lost called when the network is gone although nobody asked for that
   */
  constructor(
    private readonly settings: SandboxSettings,
    private readonly podIP: string,
    private readonly lost: () => void,
  ) {}

  /**
   * How a container is connected. The only container of a pod makes the network for itself; of several, each joins the
   * pause's, so that each can end and start again without the others noticing.
   */
  of(pod: V1Pod): Pick<SandboxSpec, "network" | "sysctls"> {
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

  /** Takes the network away; the pod's containers have ended. */
  async end(): Promise<void> {
    const pause = this.pause;
    this.pause = undefined;
    pause?.signal("SIGKILL");
    await pause?.exit;
  }

  private start(connection: Pick<SandboxSpec, "network" | "sysctls">): PodProcess {
    const sandbox = this.settings.toolchain.bin("pod-sandbox");
    const root = path.join(this.settings.folder, "pause");
    fs.mkdirSync(root, { recursive: true, mode: 0o700 });
    const pause = startPod(
      sandbox,
      {
        ...connection,
        parent: process.pid,
        hostname: "pause",
        root,
        readOnlyRoot: true,
        hosts: "",
        resolvConf: "",
        files: [{ path: "/usr/local/bin/pause", source: sandbox, readOnly: true }],
        mounts: [],
        uid: PAUSE_USER,
        gid: PAUSE_USER,
        groups: [],
        capabilities: [],
        noNewPrivileges: true,
        workingDir: "/",
        arguments: ["/usr/local/bin/pause", "pause"],
        environment: [],
      },
      path.join(this.settings.folder, "pause.log"),
    );
    void pause.exit.then(() => {
      if (this.pause !== pause) return;
      this.pause = undefined;
      this.lost();
    });
    return pause;
  }
}
