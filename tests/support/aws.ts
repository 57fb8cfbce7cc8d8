import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { changeState, type Fault, type Foreign, readState, type State } from "../fakes/aws/world";
import { pulumiHome } from "../../local/pulumiHome";
import { PROJECT_ROOT } from "../../local/state";
import { ensureToolchain } from "../../local/toolchain";

/** Folder of the fake AWS provider and the fake AWS CLI, for PATH. */
export const AWS_BIN = path.join(PROJECT_ROOT, "tests", "fakes", "aws", "bin");

/** Folder of the language host for programs and plugins in TypeScript. */
const LANGUAGE_HOST = path.join(PROJECT_ROOT, "local", "languageHost", "bin");

/** An account of the fake AWS provider. */
export class AwsAccount {
  constructor(readonly file: string) {}

  get state(): State {
    return readState(this.file);
  }

  change(change: (state: State) => unknown): void {
    changeState(this.file, change);
  }

  /** Adds a resource that no program created, as a controller in the cluster does. */
  plant(one: Foreign): void {
    this.change((state) => state.foreign.push(one));
  }

  /** Removes a resource that no program created. */
  uproot(id: string): void {
    this.change((state) => (state.foreign = state.foreign.filter((one) => one.id !== id)));
  }

  refuse(fault: Fault): void {
    this.change((state) => state.faults.push(fault));
  }

  /** The id of the only resource of a type. @throws Error unless there is exactly one */
  only(type: string): string {
    const found = this.state.resources.filter((resource) => resource.type === type);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${type}: ${found.length} in the account`);
    return found[0].id;
  }

  /** Everything in the account, as `type id`. Empty after a destroy. */
  get contents(): string[] {
    const { resources, foreign } = this.state;
    return [
      ...resources.map(({ type, id }) => `${type} ${id}`),
      ...foreign.map(({ kind, id, madeBy }) => `${kind} ${id} of ${madeBy}`),
    ];
  }
}

/** A stack on the fake AWS provider, with the real engine and a backend in a temporary folder. */
export class AwsStack {
  /** The program. Tests change it between two runs. */
  program: automation.PulumiFn = async () => undefined;

  private opened: automation.Stack | undefined;

  private constructor(
    readonly dir: string,
    readonly account: AwsAccount,
  ) {}

  get stack(): automation.Stack {
    if (this.opened === undefined) throw new Error("the stack is not open");
    return this.opened;
  }

  /** @param plugins providers with the folder of each */
  static async open(
    environment: Record<string, string> = {},
    plugins: readonly { readonly name: string; readonly path: string }[] = [],
  ): Promise<AwsStack> {
    const toolchain = await ensureToolchain(["engine"], { quiet: true });
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-aws-"));
    for (const name of ["state", "work"]) fs.mkdirSync(path.join(dir, name));
    // The Automation API's project settings have no field for plugins.
    fs.writeFileSync(
      path.join(dir, "work", "Pulumi.yaml"),
      stringify({ name: "fake-aws", runtime: "nodejs", main: process.cwd(), plugins: { providers: plugins } }),
    );
    const account = new AwsAccount(path.join(dir, "account.json"));
    const self = new AwsStack(dir, account);
    self.opened = await automation.LocalWorkspace.createOrSelectStack(
      { stackName: "test", projectName: "fake-aws", program: () => self.program() },
      {
        workDir: path.join(dir, "work"),
        pulumiCommand: await automation.PulumiCommand.get({ root: path.dirname(toolchain.binDir) }),
        envVars: {
          PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}`,
          PULUMI_HOME: pulumiHome(path.join(dir, "home")),
          PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          LLMD_AWS_STATE: account.file,
          PATH: [toolchain.binDir, AWS_BIN, LANGUAGE_HOST, process.env.PATH ?? ""].join(":"),
          ...environment,
        },
      },
    );
    return self;
  }

  up(program: automation.PulumiFn = this.program): Promise<automation.UpResult> {
    this.program = program;
    return this.stack.up();
  }

  /** The number of resources by operation in a preview. */
  async preview(program: automation.PulumiFn = this.program): Promise<automation.OpMap> {
    this.program = program;
    return (await this.stack.preview()).changeSummary;
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
