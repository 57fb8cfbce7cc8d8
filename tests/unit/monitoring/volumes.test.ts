import * as assert from "node:assert/strict";
import { bytesOf, volumesGiB } from "../../../monitoring/stack/volumes";

describe("the volumes of monitoring", () => {
  const settings = { mode: "stack", storage: { persistent: true, size: "50Gi" }, alertmanager: true };
  const cases: [what: string, change: Partial<typeof settings>, gib: number][] = [
    ["are Prometheus's and Alertmanager's", {}, 51],
    ["are Prometheus's alone without Alertmanager", { alertmanager: false }, 50],
    ["are whole GiB each", { storage: { persistent: true, size: "1500M" } }, 3],
    ["are none where nothing is kept", { storage: { persistent: false, size: "50Gi" } }, 0],
    ["are none where the stack is somebody else's", { mode: "bring-your-own" }, 0],
  ];
  for (const [what, change, gib] of cases) {
    it(what, () => assert.equal(volumesGiB({ ...settings, ...change }), gib));
  }

  it("are of sizes with a unit", () => {
    assert.equal(bytesOf("1.5Ki"), 1536);
    assert.throws(() => bytesOf("50"), /50 is not a quantity of bytes with a unit/);
  });
});
