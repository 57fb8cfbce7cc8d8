import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { type Embedded, openEmbedded, type OpenOptions } from "../../local/embedded";
import { checkPrivileges } from "../../local/prerequisites";
import type { SettingChanges } from "../../local/stack";
import { StateFolder } from "../../local/state";
import { stopSupervisor, supervisorStatus } from "../../local/supervisorClient";
import type { SupervisorStatus } from "../../local/supervisor";

/** A token that is easy to look for; it must be found nowhere in plain text. */
export const HUGGING_FACE_TOKEN = "hf_tokenOfTheTestsThatMustBeFoundNowhere";

/** The folders of those that run. */
const running = new Set<StateFolder>();

async function takeAway(state: StateFolder): Promise<void> {
  await stopSupervisor(state);
  state.remove();
  running.delete(state);
}

// Mocha and a benchmark leave an interrupted run as it stands, and environments live on in processes of their own. The listener
// stays: without one, what the Pulumi SDK starts its commands with (signal-exit) ends this process at once.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    void Promise.allSettled([...running].map(takeAway)).then(() => process.exit(130));
  });
}

/** An embedded environment of the tests' own, beside one that `make local` may have brought up. */
export class TestEnvironment {
  private constructor(
    readonly embedded: Embedded,
    readonly kubeconfig: k8s.KubeConfig,
    private readonly base: SettingChanges,
  ) {}

  get state(): StateFolder {
    return this.embedded.state;
  }

  /**
   * Starts a control plane in a folder of its own. The stack is opened, nothing is deployed.
   *
   * @param config Settings beside those of Pulumi.local.yaml, which hold for whoever opens the stack again, too
   */
  static async start(config: SettingChanges = {}): Promise<TestEnvironment> {
    const problem = checkPrivileges();
    if (problem !== undefined) throw new Error(problem);
    // A short path: Unix sockets in it have a limit.
    const state = new StateFolder(fs.mkdtempSync(path.join(os.tmpdir(), "llmd-")));
    running.add(state);
    try {
      const embedded = await openEmbedded(state, { huggingFaceToken: HUGGING_FACE_TOKEN, config, quiet: true });
      const kubeconfig = new k8s.KubeConfig();
      kubeconfig.loadFromFile(state.kubeconfig);
      return new TestEnvironment(embedded, kubeconfig, config);
    } catch (error) {
      await takeAway(state);
      throw error;
    }
  }

  /** Opens the stack again, as the next command of a user would, with these settings beside those that it began with. */
  async reopen(config: SettingChanges = {}, options: OpenOptions = {}): Promise<TestEnvironment> {
    const settings = { huggingFaceToken: HUGGING_FACE_TOKEN, config: { ...this.base, ...config }, quiet: true };
    const embedded = await openEmbedded(this.state, { ...settings, ...options });
    return new TestEnvironment(embedded, this.kubeconfig, this.base);
  }

  /** Opens the stack again with other settings to begin with. */
  rebase(base: SettingChanges): Promise<TestEnvironment> {
    return new TestEnvironment(this.embedded, this.kubeconfig, base).reopen();
  }

  async status(): Promise<SupervisorStatus> {
    const status = await supervisorStatus(this.state);
    if (status === undefined) throw new Error("the supervisor does not run");
    return status;
  }

  /** The pods that run as processes and whose name begins so. */
  async pods(prefix: string): Promise<SupervisorStatus["pods"]> {
    return (await this.status()).pods.filter((pod) => pod.name.startsWith(prefix));
  }

  /** Stops the processes and removes the folder; the logs are shown when something failed. */
  async stop(failed: boolean): Promise<void> {
    if (failed) {
      const log = this.state.read("logs/supervisor.log") ?? "";
      process.stdout.write(`\nThe supervisor's last lines:\n${log.split("\n").slice(-40).join("\n")}\n`);
    }
    await takeAway(this.state);
  }
}

/** Asks until the condition holds, and says what was seen last when it does not. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (holds(value)) return value;
    if (Date.now() > end)
      throw new Error(`${what}: not within ${timeoutMs / 1000} s; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
