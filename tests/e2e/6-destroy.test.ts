import * as assert from "node:assert/strict";
import type { TestEnvironment } from "../support/environment";
import { eventually } from "../support/environment";
import { inventory } from "../support/inventory";
import { inventoryBefore, sharedEnvironment } from "../support/shared";

describe("destroy", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  before(async () => {
    environment = await sharedEnvironment();
  });

  it("ends without an error and leaves an empty stack", async () => {
    await environment.embedded.stack.destroy({ color: "never" });
    const { deployment } = (await environment.embedded.stack.exportStack()) as {
      deployment: { resources?: unknown[] };
    };
    assert.deepEqual(deployment.resources ?? [], []);
  });

  it("leaves no object in the API server that was not there before: CRDs, namespaces, webhooks, leases, Secrets", async () => {
    const before = inventoryBefore();
    const left = await eventually(
      "what was not there before",
      60_000,
      async () => [...(await inventory(environment.kubeconfig))].filter((object) => !before.has(object)),
      (objects) => objects.length === 0,
    );
    assert.deepEqual(left, []);
  });

  it("takes nothing that was there before", async () => {
    const after = await inventory(environment.kubeconfig);
    assert.deepEqual(
      [...inventoryBefore()].filter((object) => !after.has(object)),
      [],
    );
  });

  it("leaves no pod's process", async () => {
    assert.deepEqual((await environment.status()).pods, []);
  });
});
