import * as assert from "node:assert/strict";
import type { TestEnvironment } from "../support/environment";
import { inventory, nothingLeft } from "../support/inventory";
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

  it("leaves no new object in the API server: CRDs, namespaces, webhooks, leases, Secrets", async () => {
    await nothingLeft(environment.kubeconfig, inventoryBefore());
  });

  it("deletes no object that existed before", async () => {
    const after = await inventory(environment.kubeconfig);
    assert.deepEqual(
      [...inventoryBefore()].filter((object) => !after.has(object)),
      [],
    );
  });

  it("leaves no process of a pod", async () => {
    assert.deepEqual((await environment.status()).pods, []);
  });
});
