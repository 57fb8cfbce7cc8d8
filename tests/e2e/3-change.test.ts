import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { eventually, type TestEnvironment } from "../support/environment";
import { replaceEnvironment, sharedEnvironment } from "../support/shared";

/** What an up did other than leaving things as they are: `operation type name`, the stack's own outputs left out. */
async function changes(environment: TestEnvironment): Promise<string[]> {
  const done: string[] = [];
  await environment.embedded.stack.up({
    color: "never",
    onEvent: (event: EngineEvent) => {
      const metadata = event.resOutputsEvent?.metadata;
      if (metadata === undefined || metadata.op === "same" || metadata.type === "pulumi:pulumi:Stack") return;
      done.push(`${metadata.op} ${metadata.type} ${metadata.urn.split("::").at(-1)}`);
    },
  });
  return done.sort();
}

describe("a change of configuration", function () {
  this.timeout(300_000);
  let environment: TestEnvironment;
  before(async () => {
    environment = await sharedEnvironment();
  });

  it("of the number of replicas updates the model's release and nothing else", async () => {
    environment = await environment.reopen({ "models[0].replicas": "4" });
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), ["update kubernetes:helm.sh/v3:Release ms"]);
    const ready = await eventually(
      "four replicas",
      60_000,
      () => environment.pods("ms-llm-d-modelservice-decode-"),
      (pods) => pods.length === 4 && pods.every((pod) => pod.ready),
    );
    assert.equal(ready.length, 4);
  });

  it("of a scorer's weight updates the endpoint picker's release and nothing else", async () => {
    environment = await environment.reopen({ "models[0].replicas": "4", "endpointPicker.weights.queue": "1" });
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), ["update kubernetes:helm.sh/v3:Release llm-d-gaie"]);
  });

  it("back to what it was undoes both", async () => {
    environment = await environment.reopen();
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), [
      "update kubernetes:helm.sh/v3:Release llm-d-gaie",
      "update kubernetes:helm.sh/v3:Release ms",
    ]);
  });

  it("that is wrong is refused with every problem named, and changes nothing", async () => {
    const wrong = await environment.reopen({ "models[0].replicas": "-1", "gateway.exposure": "public" });
    await assert.rejects(wrong.embedded.stack.up({ color: "never" }), (error: Error) => {
      assert.match(error.message, /models\[0\]\.replicas/);
      assert.match(error.message, /gateway\.exposure/);
      return true;
    });
    environment = await environment.reopen();
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), []);
  });
});
