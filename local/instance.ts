import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { type Embedded, openEmbedded, type OpenOptions } from "./embedded";
import { readKubeconfig } from "./kubeconfig";
import { checkPrivileges } from "./prerequisites";
import type { LocalStackOptions, SettingChanges } from "./stack";
import { StateFolder } from "./state";
import type { SupervisorStatus } from "./supervisor";
import { stopSupervisor, supervisorStatus } from "./supervisorClient";
import { withoutReports } from "./withoutReports";

/** The folders of the instances that run. */
const running = new Set<StateFolder>();

async function remove(state: StateFolder): Promise<void> {
  await stopSupervisor(state);
  state.remove();
  running.delete(state);
}

// The supervisor outlives this process, so an interrupted test or benchmark has to stop it. The listener is never removed:
// without one, signal-exit (the Pulumi SDK uses it) ends this process at once.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    void Promise.allSettled([...running].map(remove)).then(() => process.exit(130));
  });
}

/** An embedded environment in a temporary folder, next to the one of `make local`. For tests and benchmarks. */
export class EmbeddedInstance {
  /** Its stack's operations report neither outputs nor a summary; `outputs()` reads them. */
  readonly embedded: Embedded;

  private constructor(
    embedded: Embedded,
    readonly kubeconfig: k8s.KubeConfig,
    private readonly base: LocalStackOptions & OpenOptions,
  ) {
    this.embedded = { ...embedded, stack: withoutReports(embedded.stack) };
  }

  get state(): StateFolder {
    return this.embedded.state;
  }

  /**
   * Starts a control plane in a new folder and opens the stack. Deploys nothing.
   *
   * @param config Changes to Pulumi.local.yaml. `reopen` keeps them.
   * @param options `huggingFaceToken` replaces the placeholder.
   * @throws Error where this process lacks a privilege, or the cluster does not start.
   */
  static async start(
    config: SettingChanges = {},
    options: Pick<LocalStackOptions, "huggingFaceToken"> = {},
  ): Promise<EmbeddedInstance> {
    const problem = checkPrivileges();
    if (problem !== undefined) throw new Error(problem);
    // A short path: the path of a Unix socket has a limit.
    const state = new StateFolder(fs.mkdtempSync(path.join(os.tmpdir(), "llmd-")));
    running.add(state);
    try {
      const base = { config, quiet: true };
      const embedded = await openEmbedded(state, { ...base, ...options });
      return new EmbeddedInstance(embedded, readKubeconfig(state.kubeconfig), base);
    } catch (error) {
      await remove(state);
      throw error;
    }
  }

  /** Opens the stack again, as a user's next command does. `config` is added to the settings of `start`. */
  async reopen(
    config: SettingChanges = {},
    options: OpenOptions & Pick<LocalStackOptions, "huggingFaceToken"> = {},
  ): Promise<EmbeddedInstance> {
    const settings = { ...this.base, config: { ...this.base.config, ...config }, ...options };
    return new EmbeddedInstance(await openEmbedded(this.state, settings), this.kubeconfig, this.base);
  }

  /** Opens the stack again with other settings in the place of those of `start`. */
  rebase(config: SettingChanges): Promise<EmbeddedInstance> {
    return new EmbeddedInstance(this.embedded, this.kubeconfig, { ...this.base, config }).reopen();
  }

  /** @throws Error when the supervisor does not run. */
  async status(): Promise<SupervisorStatus> {
    const status = await supervisorStatus(this.state);
    if (status === undefined) throw new Error("the supervisor does not run");
    return status;
  }

  /** The pods that run as processes and whose name has this prefix. */
  async pods(prefix: string): Promise<SupervisorStatus["pods"]> {
    return (await this.status()).pods.filter((pod) => pod.name.startsWith(prefix));
  }

  /** Stops the processes and removes the folder. Prints the supervisor's last log lines first when something failed. */
  async stop(failed: boolean): Promise<void> {
    if (failed) {
      const log = this.state.read("logs/supervisor.log") ?? "";
      process.stdout.write(`\nThe supervisor's last lines:\n${log.split("\n").slice(-40).join("\n")}\n`);
    }
    await remove(this.state);
  }
}
