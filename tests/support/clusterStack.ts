import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { parse, parseDocument } from "yaml";
import { pulumiHome } from "../../local/pulumiHome";
import { projectElsewhere, toolPath } from "../../local/stack";
import { PROJECT_ROOT } from "../../local/state";
import { withoutReports } from "../../local/withoutReports";
import type { TestEnvironment } from "./environment";
import program = require("../../index");

/** The Automation API puts it on a command line, where no test may find the token of the other environments. */
const CLUSTER_TOKEN = "hf_tokenOfTheTestsOnExistingClusters";

/** The result of a stack's operation. */
export interface Changes {
  /** The CLI's output. */
  readonly text: string;
  /** Every changed resource: the operation, the resource and the changed properties. */
  readonly changed: readonly string[];
  /** All resources. */
  readonly urns: readonly string[];
}

/**
 * A stack on an existing cluster, which is the embedded one: one of the project's stack files, with the charts' mirror and istiod's
 * settings of the local stack. The program runs in this process, so that two dozen runs load its modules once.
 */
export class ClusterStack {
  private constructor(
    readonly dir: string,
    private readonly stack: automation.Stack,
  ) {}

  /**
   * @param file the stack file, in the project's root
   * @param config changed settings by path
   * @param run replaces the project's program
   */
  static async open(
    name: string,
    file: string,
    { embedded, state }: TestEnvironment,
    config: Readonly<Record<string, string>> = {},
    run: automation.PulumiFn = program,
  ): Promise<ClusterStack> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-cluster-"));
    for (const folder of ["state", "work", "tmp"]) fs.mkdirSync(path.join(dir, folder));
    const workspace = path.join(dir, "work");
    fs.writeFileSync(path.join(workspace, "Pulumi.yaml"), projectElsewhere(workspace));
    const settings = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, file), "utf8"));
    const local = parse(fs.readFileSync(path.join(PROJECT_ROOT, "Pulumi.local.yaml"), "utf8")) as {
      config: Record<string, { values: unknown }>;
    };
    settings.setIn(["config", "llm-d:istio"], settings.createNode({ values: local.config["llm-d:istio"]?.values }));
    settings.setIn(
      ["config", "llm-d:models"],
      settings.createNode([{ name: "meta-llama/Llama-3.1-8B-Instruct", replicas: 1, maxModelLen: 32768 }]),
    );
    // Otherwise each destroy waits for it.
    settings.setIn(["config", "llm-d:endpointPicker"], settings.createNode({ drainSeconds: 2 }));
    fs.writeFileSync(path.join(workspace, `Pulumi.${name}.yaml`), settings.toString());
    const stack = await automation.LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "llm-d", program: run },
      {
        workDir: workspace,
        pulumiCommand: await automation.PulumiCommand.get({ root: path.dirname(embedded.toolchain.binDir) }),
        envVars: {
          PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}`,
          PULUMI_HOME: pulumiHome(path.join(dir, "home")),
          PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          TMPDIR: path.join(dir, "tmp"),
          HELM_CACHE_HOME: path.join(dir, "tmp", "helm"),
          // Only the cluster in the stack's settings may be found.
          KUBECONFIG: "/nonexistent",
          PATH: [...toolPath(embedded.toolchain), process.env.PATH ?? ""].join(":"),
        },
      },
    );
    const opened = new ClusterStack(dir, withoutReports(stack));
    await opened.set({
      "charts.mirror": embedded.toolchain.mirror,
      "kubernetes.kubeconfig": state.kubeconfig,
      "kubernetes.context": "llmd-local",
      // Other tests cover it, and it takes longer than everything here.
      "monitoring.mode": "off",
      ...config,
    });
    await stack.setConfig("huggingFaceToken", { value: CLUSTER_TOKEN, secret: true });
    return opened;
  }

  /** Changes settings by path, without the project's prefix. */
  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    const values = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, { value }]));
    await this.stack.setAllConfig(values, true);
  }

  async up(how: { readonly refresh?: boolean } = {}): Promise<Changes> {
    return this.watched((options) => this.stack.up({ ...options, ...how }));
  }

  async destroy(how: { readonly runProgram?: boolean } = {}): Promise<void> {
    await this.stack.destroy(how);
  }

  preview(how: { readonly refresh?: boolean } = {}): Promise<Changes> {
    return this.watched((options) => this.stack.preview({ ...options, ...how }));
  }

  /** The output of an operation that must fail. @throws Error when it succeeds */
  async refusal(operation: "preview" | "up" = "preview", how: { readonly refresh?: boolean } = {}): Promise<string> {
    try {
      await this[operation](how);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`the ${operation} was not refused`);
  }

  async output(name: string): Promise<string> {
    return String((await this.stack.outputs())[name]?.value);
  }

  /** The stack's state, as JSON. Secrets are encrypted in it. */
  async state(): Promise<string> {
    return JSON.stringify(await this.stack.exportStack());
  }

  /** Whether the stack's state has resources. */
  async isEmpty(): Promise<boolean> {
    const { deployment } = await this.stack.exportStack();
    return ((deployment as { resources?: unknown[] }).resources ?? []).length === 0;
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs an operation and collects the changes. */
  private async watched(
    operation: (options: {
      readonly color: "never";
      onEvent(event: automation.EngineEvent): void;
    }) => Promise<{ readonly stdout: string }>,
  ): Promise<Changes> {
    const urns: string[] = [];
    const changed: string[] = [];
    const { stdout } = await operation({
      color: "never",
      onEvent: ({ resourcePreEvent }) => {
        if (resourcePreEvent === undefined) return;
        const { op, urn, detailedDiff, diffs } = resourcePreEvent.metadata;
        urns.push(urn);
        const properties = Object.keys(detailedDiff ?? {}).concat(diffs ?? []);
        if (op !== "same" && op !== "read")
          changed.push(`${op} ${urn.split("::").slice(2).join(" ")} ${properties.join(", ")}`);
      },
    });
    return { text: stdout, urns, changed };
  }
}
