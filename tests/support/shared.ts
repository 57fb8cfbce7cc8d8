import { startEnvironment, type TestEnvironment } from "./environment";
import { settledInventory } from "./inventory";

/** The environment that the end-to-end files share, in the order of their names, because an `up` takes long. */
interface Shared {
  environment?: TestEnvironment;
  /** The objects in the API server before the first up. */
  before?: Set<string>;
  failed: boolean;
}

const shared: Shared = { failed: false };

/** The shared environment. The first call starts it and deploys nothing. */
export async function sharedEnvironment(): Promise<TestEnvironment> {
  if (shared.environment === undefined) {
    shared.environment = await startEnvironment();
    shared.before = await settledInventory(shared.environment.kubeconfig);
  }
  return shared.environment;
}

/** The objects in the API server before the first up. */
export function inventoryBefore(): Set<string> {
  if (shared.before === undefined) throw new Error("the environment has not been started");
  return shared.before;
}

export function replaceEnvironment(environment: TestEnvironment): void {
  shared.environment = environment;
}

/** Mocha's root hooks: they notice a failure and remove the shared environment at the end. */
export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    if (this.currentTest?.state === "failed") shared.failed = true;
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(300_000);
    await shared.environment?.stop(shared.failed);
  },
};
