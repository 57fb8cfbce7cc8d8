import * as assert from "node:assert/strict";
import { bytesOf, volumesGiB } from "../../../monitoring/stack/volumes";

describe("the volumes of monitoring", () => {
  const settings = { mode: "stack", storage: { persistent: true, size: "50Gi" }, alertmanager: true };
  const cases: [what: string, change: Partial<typeof settings>, gib: number][] = [
    ["are those of Prometheus and Alertmanager", {}, 51],
    ["are only that of Prometheus without Alertmanager", { alertmanager: false }, 50],
    ["are rounded up to whole GiB each", { storage: { persistent: true, size: "1500M" } }, 3],
    ["do not exist without persistent storage", { storage: { persistent: false, size: "50Gi" } }, 0],
    ["do not exist in mode bring-your-own", { mode: "bring-your-own" }, 0],
  ];
  for (const [what, change, gib] of cases) {
    it(what, () => assert.equal(volumesGiB({ ...settings, ...change }), gib));
  }

  it("have sizes with a unit; a size without one is refused", () => {
    assert.equal(bytesOf("1.5Ki"), 1536);
    assert.throws(() => bytesOf("50"), /50 is not a quantity of bytes with a unit/);
  });
});
