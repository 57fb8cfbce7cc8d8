import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import type * as k8s from "@kubernetes/client-node";
import { pulumiHome } from "../../local/pulumiHome";
import { projectElsewhere } from "../../local/stack";
import { PROJECT_ROOT } from "../../local/state";
import { ensureToolchain, type Toolchain } from "../../local/toolchain";
import { AWS_BIN, AwsAccount } from "./aws";
import { eksMirror } from "../../local/eksMirror";
import { HUGGING_FACE_TOKEN } from "./environment";
import type { Preview, PreviewedResource } from "./preview";

const run = promisify(execFile);

/** Options of a stack of platform eks. */
export interface EksStackOptions {
  /** The cluster behind the EKS cluster. Without it, the stack can only be previewed. */
  readonly cluster?: k8s.KubeConfig;
  /** Changed settings by path: `llm-d:aws.gpuNodes.desiredSize`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Keep the `protect` setting of the stack's file. Then nothing can be destroyed. @default false */
  readonly kept?: boolean;
}

/**
 * A stack of the project (`Pulumi.dev.yaml`, `Pulumi.prod.yaml`). The CLI runs it as for a user, with the fake AWS provider on
 * PATH. Besides the Hugging Face token, it changes only these settings:
 *
 * - `charts.mirror`: the toolchain's folder, because tests reach package registries only.
 * - `protect`: off, so that the stack can be destroyed. Unchanged with `kept`.
 * - `endpointPicker.drainSeconds`: short, because no requests have to be drained.
 */
export class EksStack {
  private constructor(
    readonly name: string,
    readonly dir: string,
    readonly account: AwsAccount,
    private readonly toolchain: Toolchain,
    private readonly environment: Record<string, string>,
  ) {}

  static async open(name: string, { cluster, config = {}, kept = false }: EksStackOptions = {}): Promise<EksStack> {
    const toolchain = await ensureToolchain(["engine"], { quiet: true });
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-eks-"));
    for (const folder of ["state", "work", "tmp"]) fs.mkdirSync(path.join(dir, folder));
    const account = new AwsAccount(path.join(dir, "account.json"));
    const mirror = eksMirror(toolchain, path.join(dir, "mirror"));
    const folders = ["languageHost", "random"].map((part) => path.join(PROJECT_ROOT, "local", part, "bin"));
    const paths = [toolchain.binDir, AWS_BIN, ...folders];
    const endpoint = cluster?.getCurrentCluster();
    const stack = new EksStack(name, dir, account, toolchain, {
      PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}`,
      PULUMI_HOME: pulumiHome(path.join(dir, "home")),
      PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      TMPDIR: path.join(dir, "tmp"),
      HELM_CACHE_HOME: path.join(dir, "tmp", "helm"),
      LLMD_AWS_STATE: account.file,
      PATH: [...paths, process.env.PATH ?? ""].join(":"),
      ...(endpoint === undefined || endpoint === null
        ? {}
        : {
            LLMD_AWS_CLUSTER_ENDPOINT: endpoint.server,
            LLMD_AWS_CLUSTER_CA: endpoint.caData ?? "",
            LLMD_AWS_CLUSTER_TOKEN: cluster?.getCurrentUser()?.token ?? "",
          }),
    });
    await stack.writeWorkspace(mirror, { ...(kept ? {} : { "llm-d:protect": "false" }), ...config });
    return stack;
  }

  private async writeWorkspace(mirror: string, config: Readonly<Record<string, string>>): Promise<void> {
    const workspace = path.join(this.dir, "work");
    fs.writeFileSync(path.join(workspace, "Pulumi.yaml"), projectElsewhere(workspace));
    const file = `Pulumi.${this.name}.yaml`;
    fs.copyFileSync(path.join(PROJECT_ROOT, file), path.join(workspace, file));
    await this.pulumi("stack", "init", this.name);
    await this.pulumi("config", "set", "--path", "llm-d:charts.mirror", mirror);
    await this.pulumi("config", "set", "--path", "llm-d:endpointPicker.drainSeconds", "2");
    for (const [key, value] of Object.entries(config)) await this.pulumi("config", "set", "--path", key, value);
    // By standard input: another test looks for this token on the command lines of all processes.
    await this.run(["config", "set", "--secret", "llm-d:huggingFaceToken"], { input: HUGGING_FACE_TOKEN });
  }

  /** Changes the setting at a path. */
  async set(key: string, value: string): Promise<void> {
    await this.pulumi("config", "set", "--path", key, value);
  }

  /** Runs the CLI in the stack's workspace. @returns its output @throws Error with its output when it fails */
  pulumi(...args: string[]): Promise<string> {
    return this.run(args);
  }

  private async run(
    args: readonly string[],
    { interrupt, input }: { readonly interrupt?: AbortSignal; readonly input?: string } = {},
  ): Promise<string> {
    const running = run(this.toolchain.bin("pulumi"), [...args, "--non-interactive"], {
      cwd: path.join(this.dir, "work"),
      env: { ...process.env, ...this.environment },
      maxBuffer: 256 * 1024 * 1024,
    });
    if (input !== undefined) running.child.stdin?.end(input);
    interrupt?.addEventListener("abort", () => running.child.kill("SIGINT"), { once: true });
    try {
      return (await running).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`pulumi ${args.join(" ")}:\n${stdout ?? ""}\n${stderr ?? ""}`, { cause: error });
    }
  }

  /** Runs one of the project's commands from the stack's workspace, as `make` does. @returns its output */
  async command(script: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(
      process.execPath,
      ["-r", path.join(PROJECT_ROOT, "loader.cjs"), path.join(PROJECT_ROOT, script), "--stack", this.name, ...args],
      {
        cwd: path.join(this.dir, "work"),
        env: { ...process.env, ...this.environment },
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    return stdout;
  }

  up(): Promise<string> {
    return this.pulumi("up", "--yes", "--skip-preview");
  }

  /**
   * Starts an `up` and interrupts it, as Ctrl-C does, once the condition holds. Pulumi finishes the running operations.
   *
   * @returns the CLI's error
   */
  async interruptedUp(when: () => boolean): Promise<string> {
    const controller = new AbortController();
    const watch = setInterval(() => {
      if (when()) controller.abort();
    }, 50);
    try {
      return await this.run(["up", "--yes", "--skip-preview"], { interrupt: controller.signal });
    } catch (error) {
      return String(error);
    } finally {
      clearInterval(watch);
    }
  }

  destroy(): Promise<string> {
    return this.pulumi("destroy", "--yes", "--skip-preview", "--run-program");
  }

  /** `pulumi preview --json`: the planned resources, and the number of each operation. */
  async preview(): Promise<Preview & { readonly changes: Readonly<Record<string, number>> }> {
    const text = await this.pulumi("preview", "--json");
    const { steps, changeSummary } = JSON.parse(text) as {
      steps: { op: string; newState?: PreviewedResource }[];
      changeSummary: Record<string, number>;
    };
    return { text, resources: steps.flatMap(({ newState }) => newState ?? []), changes: changeSummary };
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
