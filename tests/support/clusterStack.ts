import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { parse, parseDocument } from "yaml";
import { pulumiHome } from "../../local/pulumiHome";
import { toolPath } from "../../local/stack";
import { PROJECT_ROOT } from "../../local/state";
import { HUGGING_FACE_TOKEN, type TestEnvironment } from "./environment";
import program = require("../../index");

/** What a stack would do, or did. */
export interface Changes {
  /** What the CLI prints. */
  readonly text: string;
  /** Every resource that does not stay as it is: the operation, the resource, and which of its properties. */
  readonly changed: readonly string[];
  /** All resources. */
  readonly urns: readonly string[];
}

/**
 * A stack on a cluster that exists: one of the project's files, with the embedded environment for the cluster. What a test has
 * to change beside: where charts come from, and the settings with which istiod runs there, which are those of the local
 * stack. The program runs in this process, where its modules are loaded once and not in each of two dozen runs.
 */
export class ClusterStack {
  private constructor(
    readonly dir: string,
    private readonly stack: automation.Stack,
  ) {}

  /**
   * @param file The settings, a file of the project's root.
   * @param config Changes of them, by their path.
   * @param run What runs instead of the project's program.
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
    const project = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, "Pulumi.yaml"), "utf8"));
    project.set("main", path.relative(workspace, PROJECT_ROOT));
    fs.writeFileSync(path.join(workspace, "Pulumi.yaml"), project.toString());
    const settings = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, file), "utf8"));
    const local = parse(fs.readFileSync(path.join(PROJECT_ROOT, "Pulumi.local.yaml"), "utf8")) as {
      config: Record<string, { values: unknown }>;
    };
    settings.setIn(["config", "llm-d:istio"], settings.createNode({ values: local.config["llm-d:istio"]?.values }));
    settings.setIn(
      ["config", "llm-d:models"],
      settings.createNode([{ name: "meta-llama/Llama-3.1-8B-Instruct", replicas: 1, maxModelLen: 32768 }]),
    );
    // A destroy would wait for it each time.
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
          // Nothing may be found but what the stack's settings name.
          KUBECONFIG: "/nonexistent",
          PATH: [...toolPath(embedded.toolchain), process.env.PATH ?? ""].join(":"),
        },
      },
    );
    const opened = new ClusterStack(dir, stack);
    await opened.set({
      "charts.mirror": embedded.toolchain.mirror,
      "kubernetes.kubeconfig": state.kubeconfig,
      "kubernetes.context": "llmd-local",
      // It has tests of its own, and takes longer than everything here.
      "monitoring.mode": "off",
      ...config,
    });
    await stack.setConfig("huggingFaceToken", { value: HUGGING_FACE_TOKEN, secret: true });
    return opened;
  }

  /** Changes settings, by their path below the project's. */
  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    const values = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, { value }]));
    await this.stack.setAllConfig(values, true);
  }

  async up(): Promise<Changes> {
    return this.watched((options) => this.stack.up(options));
  }

  async destroy(): Promise<void> {
    await this.stack.destroy();
  }

  preview(): Promise<Changes> {
    return this.watched((options) => this.stack.preview(options));
  }

  /** What an operation that does not succeed prints; fails when it succeeds. */
  async refusal(operation: "preview" | "up" = "preview"): Promise<string> {
    try {
      await this[operation]();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`the ${operation} was not refused`);
  }

  async output(name: string): Promise<string> {
    return String((await this.stack.outputs())[name]?.value);
  }

  /** Whether there is anything in the stack's state. */
  async isEmpty(): Promise<boolean> {
    const { deployment } = await this.stack.exportStack();
    return ((deployment as { resources?: unknown[] }).resources ?? []).length === 0;
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs an operation, and collects what it says about each resource. */
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
