import * as assert from "node:assert/strict";
import { isFollowed, type LiveRoute, waitUntilFollowed } from "../../../../components/gateway/routeFollowed";

/** A changed route, with the generations that the conditions of its one parent are about. */
const route = (...observed: (number | undefined)[]): LiveRoute => ({
  metadata: { generation: 4 },
  status: {
    parents: [{ conditions: observed.map((one) => (one === undefined ? {} : { observedGeneration: one })) }],
  },
});

describe("the gateway follows a changed route", () => {
  it("when each condition is about its current generation", () => {
    assert.equal(isFollowed(route(4, 4)), true);
    assert.equal(isFollowed(route(4, 3)), false);
    assert.equal(isFollowed(route(4, undefined)), false);
    assert.equal(isFollowed(route()), false);
    assert.equal(isFollowed({ metadata: { generation: 1 } }), false);
  });

  it("only some time after its status, because the gateway's Envoy learns of it later", async () => {
    const answers = [route(3, 3), route(4, 3), route(4, 4)];
    const pauses: number[] = [];
    await waitUntilFollowed({
      read: () => Promise.resolve(answers.shift()),
      timeoutSeconds: 10,
      pause: (milliseconds) => Promise.resolve(pauses.push(milliseconds)),
    });
    assert.deepEqual([answers.length, pauses], [0, [250, 250, 5000]]);
  });

  it("not within the time: an error that says where to look", async () => {
    const waits = waitUntilFollowed({
      read: () => Promise.resolve(route(3, 3)),
      timeoutSeconds: 2,
      pause: () => Promise.resolve(),
    });
    await assert.rejects(waits, /has not taken the changed HTTPRoute within 2 s.*istiod/s);
  });

  it("is not waited for where somebody deleted the route", async () => {
    await waitUntilFollowed({ read: () => Promise.resolve(undefined), timeoutSeconds: 1 });
  });
});
