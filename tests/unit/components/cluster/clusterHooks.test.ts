import * as assert from "node:assert/strict";
import * as zlib from "node:zlib";
import {
  asFailed,
  clearAbandonedRelease,
  releaseAbandonedLock,
  type ReleaseRecord,
  type ReleaseRecords,
} from "../../../../components/charts/releaseRecovery";
import { checkNamespace, type NamespaceState } from "../../../../components/cluster/ownedNamespace";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";

const encode = (release: object): string => zlib.gzipSync(JSON.stringify(release)).toString("base64");
const decode = (payload: string): unknown => JSON.parse(zlib.gunzipSync(Buffer.from(payload, "base64")).toString());

const record = (version: number, status: string): ReleaseRecord => ({
  secret: `sh.helm.release.v1.ms.v${version}`,
  status,
  payload: encode({ name: "ms", version, info: { status, first_deployed: "then" }, manifest: "kept" }),
});

/** A cluster that holds some records, and notes what is done to them. */
function cluster(records: ReleaseRecord[]): { client: ReleaseRecords; done: string[] } {
  const done: string[] = [];
  const client: ReleaseRecords = {
    list: () => Promise.resolve(records),
    delete: ({ secret }) => Promise.resolve(void done.push(`delete ${secret}`)),
    update: ({ secret, status }) => Promise.resolve(void done.push(`${secret} is ${status}`)),
  };
  return { client, done };
}

const REFERENCE = { namespace: "llm-d", name: "ms" };

describe("Helm releases after a run that was killed", () => {
  it("installs a release that Helm knows and the state does not", async () => {
    for (const status of ["pending-install", "failed", "deployed"]) {
      const { client, done } = cluster([record(1, status)]);
      const [message] = await clearAbandonedRelease(client, REFERENCE);
      assert.deepEqual(done, ["delete sh.helm.release.v1.ms.v1"]);
      assert.match(message ?? "", /llm-d\/ms \(.+\) was left by an interrupted run/);
    }
  });

  it("does and says nothing about a first install", async () => {
    const { client, done } = cluster([]);
    assert.deepEqual(await clearAbandonedRelease(client, REFERENCE), []);
    assert.deepEqual(done, []);
  });

  it("opens the lock of an upgrade, and only that", async () => {
    const { client, done } = cluster([record(1, "superseded"), record(2, "deployed"), record(3, "pending-upgrade")]);
    assert.equal((await releaseAbandonedLock(client, REFERENCE)).length, 1);
    assert.deepEqual(done, ["sh.helm.release.v1.ms.v3 is failed"]);
  });

  it("changes nothing of a record but its status", () => {
    assert.deepEqual(decode(asFailed(record(3, "pending-upgrade")).payload), {
      name: "ms",
      version: 3,
      info: { status: "failed", description: "Interrupted", first_deployed: "then" },
      manifest: "kept",
    });
  });
});

describe("the namespaces of an environment", () => {
  const reads =
    (...states: (NamespaceState | undefined)[]) =>
    () =>
      Promise.resolve(states.length > 1 ? states.shift() : states[0]);
  const state = (owner?: string, terminating = false): NamespaceState => ({
    annotations: owner === undefined ? {} : { [OWNER_ANNOTATION]: owner },
    terminating,
  });
  const check = (read: () => Promise<NamespaceState | undefined>, name = "llm-d") =>
    checkNamespace(read, name, "llm-d/dev", () => Promise.resolve());

  it("are made where there are none, and taken up again by the stack that made them", async () => {
    await check(reads(undefined));
    await check(reads(state("llm-d/dev")));
  });

  it("are never taken from somebody else", async () => {
    for (const found of [state(), state("llm-d/prod")]) {
      await assert.rejects(check(reads(found)), /The namespace llm-d exists already and was not made by this stack/);
    }
    await assert.rejects(check(reads(state()), "istio-system"), /uninstall the Istio that is there/);
  });

  it("are waited for while one of the same name goes away, but not for ever", async () => {
    await check(reads(state("llm-d/dev", true), state("llm-d/dev", true), undefined));
    await assert.rejects(check(reads(state(undefined, true))), /has been terminating for 300 seconds/);
  });
});
