import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { PodVolumes, VolumeError } from "../../../local/agent/volumes";
import { agentPod as pod, AGENT_SOURCES as SOURCES } from "./agentFixtures";

describe("a pod's volumes", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "agent-volumes-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), "utf8");

  it("are written, and all their files change at once", async () => {
    const data: Record<string, string> = { one: "1", two: "2" };
    const volumes = new PodVolumes(folder, { ...SOURCES, configMap: () => ({ data }) });
    const subject = pod({ volumes: [{ name: "v", configMap: { name: "cm" } }] });
    await volumes.write(subject);
    const before = fs.readlinkSync(path.join(folder, "v", "..data"));
    assert.equal(read("v/one"), "1");
    assert.equal(fs.readlinkSync(path.join(folder, "v", "one")), "..data/one");
    await volumes.write(subject);
    assert.equal(fs.readlinkSync(path.join(folder, "v", "..data")), before);
    delete data["two"];
    data["three"] = "3";
    await volumes.write(subject);
    assert.deepEqual(
      fs
        .readdirSync(path.join(folder, "v"))
        .filter((name) => !name.startsWith(".."))
        .sort(),
      ["one", "three"],
    );
    assert.ok(!fs.existsSync(path.join(folder, "v", before)));
  });

  it("can be projected from several sources", async () => {
    const sources = [
      { serviceAccountToken: { path: "token", audience: "a" } },
      { configMap: { name: "cm", items: [{ key: "bin", path: "deep/bin" }] } },
      { secret: { name: "s" } },
      { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    ];
    await new PodVolumes(folder, SOURCES).write(pod({ volumes: [{ name: "all", projected: { sources } }] }));
    assert.deepEqual([read("all/token"), read("all/TOKEN"), read("all/labels")], ["jwt", "t", 'a="1"\nb="2"']);
    assert.deepEqual(fs.readFileSync(path.join(folder, "all/deep/bin")), Buffer.from([0, 1]));
  });

  it("are refused when their source is missing and not optional, or when their kind is not supported", async () => {
    const volumes = new PodVolumes(folder, SOURCES);
    await volumes.write(pod({ volumes: [{ name: "v", secret: { secretName: "gone", optional: true } }] }));
    assert.deepEqual(fs.readdirSync(path.join(folder, "v", "..data")), []);
    await assert.rejects(
      volumes.write(pod({ volumes: [{ name: "v", secret: { secretName: "gone" } }] })),
      new VolumeError('MountVolume.SetUp failed for volume "v" : secret "gone" not found'),
    );
    await assert.rejects(
      volumes.write(pod({ volumes: [{ name: "h", hostPath: { path: "/" } }] })),
      /does not support volumes of this kind/,
    );
  });

  it("use the claim's folder, in which the containers' subPath folders are created", async () => {
    const disk = path.join(folder, "disk");
    const sources = {
      ...SOURCES,
      claim: (_: string, name: string) => Promise.resolve(name === "c" ? disk : undefined),
    };
    const volumes = new PodVolumes(path.join(folder, "pod"), sources);
    const container = { name: "x", volumeMounts: [{ name: "v", mountPath: "/data", subPath: "db" }] };
    const subject = (claimName: string) =>
      pod({ containers: [container], volumes: [{ name: "v", persistentVolumeClaim: { claimName } }] });
    await volumes.write(subject("c"));
    const [mount] = volumes.mountsOf(container, (text) => text);
    assert.equal(mount?.source, path.join(disk, "db"));
    assert.ok(fs.statSync(mount.source).isDirectory());
    await assert.rejects(
      volumes.write(subject("other")),
      new VolumeError('persistentvolumeclaim "other" is not bound'),
    );
  });

  it("refuse a subPath that leads out of the volume", () => {
    const mount = { name: "v", mountPath: "/m", subPath: "../other" };
    assert.throws(
      () => new PodVolumes(folder, SOURCES).mountsOf({ name: "c", volumeMounts: [mount] }, (text) => text),
      /leads out/,
    );
  });
});
