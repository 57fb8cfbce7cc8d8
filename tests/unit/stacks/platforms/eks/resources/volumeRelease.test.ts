import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { awaitVolumesReleased } from "../../../../../../stacks/platforms/eks/resources/volumeRelease";
import type { Volume } from "../../../../../../components/cluster/volumes";

const RELEASED: Volume = { name: "pvc-1", disk: "vol-1", driver: "ebs.csi.aws.com", deleted: true };
const CLAIMED: Volume = { ...RELEASED, claim: "team-b/data" };

/** Runs the wait against the answers of a cluster, one per second; the last one repeats. Returns the seconds it took. */
async function wait(answers: readonly (readonly Volume[] | Error)[]): Promise<number> {
  let second = 0;
  await awaitVolumesReleased(
    () => {
      const answer = answers[Math.min(second, answers.length - 1)] ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    () => Promise.resolve(second++),
  );
  return second;
}

describe("the deletion of the EBS driver", () => {
  it("waits until the disks of released volumes are deleted", async () => {
    assert.equal(await wait([[]]), 0);
    assert.equal(await wait([[CLAIMED], [RELEASED], [RELEASED], []]), 3);
  });

  it("does not wait for volumes that are retained, or that belong to another driver", async () => {
    assert.equal(
      await wait([
        [
          { ...RELEASED, deleted: false },
          { ...RELEASED, driver: "efs.csi.aws.com" },
        ],
      ]),
      0,
    );
  });

  it("is refused while a foreign claim uses a volume, and the error names the claim", async () => {
    await assert.rejects(wait([[CLAIMED]]), /claims that this stack did not make: team-b\/data \(vol-1\)/);
  });

  it("fails after ten minutes, and the error names the remaining disks", async () => {
    await assert.rejects(
      wait([[RELEASED]]),
      /not deleted these volumes in 600 seconds: pvc-1 \(vol-1\).*describe pv pvc-1/,
    );
  });

  it("tolerates single failed requests, and warns and goes on when the cluster does not answer", async () => {
    assert.equal(await wait([[RELEASED], new Error("reset"), new Error("reset"), [RELEASED], []]), 4);
    const warned: string[] = [];
    const { warn } = pulumi.log;
    Object.assign(pulumi.log, { warn: (text: string) => Promise.resolve(void warned.push(text)) });
    try {
      assert.equal(await wait([new Error("connect ECONNREFUSED")]), 9);
    } finally {
      Object.assign(pulumi.log, { warn });
    }
    assert.match(warned.join(""), /could not be listed \(connect ECONNREFUSED\).*make leftovers/);
  });
});
