import { startEnvironment, type TestEnvironment } from "./environment";
import { settledInventory } from "./inventory";

/** The one environment that the end-to-end files share, in the order of their names: an `up` costs too much for each. */
interface Shared {
  environment?: TestEnvironment;
  /** What was in the API server before the first up. */
  before?: Set<string>;
  failed: boolean;
}

const shared: Shared = { failed: false };

/** The shared environment; started, with nothing deployed, by whoever asks first. */
export async function sharedEnvironment(): Promise<TestEnvironment> {
  if (shared.environment === undefined) {
    shared.environment = await startEnvironment();
    shared.before = await settledInventory(shared.environment.kubeconfig);
  }
  return shared.environment;
}

/** Every object that was in the API server before the first up. */
export function inventoryBefore(): Set<string> {
  if (shared.before === undefined) throw new Error("the environment has not been started");
  return shared.before;
}

export function replaceEnvironment(environment: TestEnvironment): void {
  shared.environment = environment;
}

/** Registers, once for a suite, the hooks that notice a failure and take everything down at the end. */
export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    if (this.currentTest?.state === "failed") shared.failed = true;
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(300_000);
    await shared.environment?.stop(shared.failed);
  },
};
