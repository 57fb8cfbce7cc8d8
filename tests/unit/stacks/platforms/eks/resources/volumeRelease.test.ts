import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { awaitVolumesReleased } from "../../../../../../stacks/platforms/eks/resources/volumeRelease";
import type { Volume } from "../../../../../../components/cluster/volumes";

const RELEASED: Volume = { name: "pvc-1", disk: "vol-1", driver: "ebs.csi.aws.com", deleted: true };
const CLAIMED: Volume = { ...RELEASED, claim: "team-b/data" };

/** Waits on what a cluster answers, one answer each second; the last one for ever. Returns for how many seconds. */
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

describe("the EBS driver, before it goes", () => {
  it("waits until the disks of volumes that were given up are deleted", async () => {
    assert.equal(await wait([[]]), 0);
    assert.equal(await wait([[CLAIMED], [RELEASED], [RELEASED], []]), 3);
  });

  it("does not wait for what is kept on purpose, or another driver's", async () => {
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

  it("does not go under volumes that somebody else has claimed, and says whose they are", async () => {
    await assert.rejects(wait([[CLAIMED]]), /claims that this stack did not make: team-b\/data \(vol-1\)/);
  });

  it("says which disks the driver does not get rid of", async () => {
    await assert.rejects(
      wait([[RELEASED]]),
      /not deleted these volumes in 600 seconds: pvc-1 \(vol-1\).*describe pv pvc-1/,
    );
  });

  it("bears with an answer that is missing, and warns when none comes", async () => {
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
