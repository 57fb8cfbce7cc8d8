import { complete } from "../../local/completion";
import type { SettingChanges } from "../../local/stack";
import { startEnvironment, type TestEnvironment } from "./environment";
import { settledInventory } from "./inventory";
import { Load, type Loss, lossLine } from "./load";

/** Concurrent clients. */
export const CLIENTS = 2;

/** Each answer streams for a second, so that every replica has requests in flight at any time. */
const ANSWER_TOKENS = 200;

/** An environment for one test file, with a deployed model that answers. */
export class Served {
  private opened: TestEnvironment | undefined;
  private answers: { readonly url: string; readonly model: string; readonly before: ReadonlySet<string> } | undefined;

  /** The environment as it was last opened. */
  get environment(): TestEnvironment {
    if (this.opened === undefined) throw new Error("the environment has not been started");
    return this.opened;
  }

  set environment(environment: TestEnvironment) {
    this.opened = environment;
  }

  private get served() {
    if (this.answers === undefined) throw new Error("the environment is not up");
    return this.answers;
  }

  get url(): string {
    return this.served.url;
  }

  get model(): string {
    return this.served.model;
  }

  /** The objects in the API server before the first up. */
  get before(): ReadonlySet<string> {
    return this.served.before;
  }

  /** Brings it up and waits for the first answer. */
  async start(config: SettingChanges): Promise<void> {
    this.environment = await startEnvironment(config);
    const before = await settledInventory(this.environment.kubeconfig);
    const { stack } = this.environment.embedded;
    await stack.up({ color: "never" });
    const outputs = await stack.outputs();
    const [model = ""] = outputs.models?.value as string[];
    this.answers = { url: String(outputs.gatewayUrl?.value), model, before };
    await this.ask();
  }

  /** Stops it. Prints its log when something failed. */
  async stop(failed: boolean): Promise<void> {
    await this.opened?.stop(failed);
  }

  /** Sends a short request, and repeats it until the route has reached the gateway. @returns the status */
  async ask(milliseconds = 60_000): Promise<number> {
    const { url, model } = this;
    return (await complete(url, { model, prompt: "Hello", maxTokens: 2 }, milliseconds)).status;
  }

  /** Sends requests during some work, and prints the lost ones. */
  async underLoad(name: string, work: () => Promise<unknown>): Promise<Loss> {
    const { url, model } = this;
    const loss = await Load.during({ url, model, clients: CLIENTS, maxTokens: ANSWER_TOKENS }, work);
    console.log(`      ${name}: ${lossLine(loss)}`);
    return loss;
  }
}

/** Registers hooks that bring an environment up before a suite and remove it afterwards. */
export function servedEnvironment(config: SettingChanges): Served {
  const served = new Served();
  let failed = false;
  before(() =>
    served.start(config).catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
  after(() => served.stop(failed));
  return served;
}
