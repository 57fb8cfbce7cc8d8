import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { programOf } from "../../../local/agent/images";
import { usesOf } from "../../../local/embedded";
import { ALL_USES, TOOL_NAMES } from "../../../local/toolchain";
import { cacheLayout } from "../../../local/toolchain/paths";
import { planToolchain } from "../../../local/toolchain/plan";
import { toolsFor } from "../../../local/toolchain/uses";
import { skip } from "../../support/skip";

describe("the uses of the toolchain", () => {
  it("need every program between them", () => assert.deepEqual(toolsFor(ALL_USES), TOOL_NAMES));

  it("need no KEDA and no promtool for an environment whose models do not scale", () => {
    const without = TOOL_NAMES.filter((name) => !["keda", "keda-metrics-apiserver", "promtool"].includes(name));
    assert.deepEqual(toolsFor(usesOf()), without);
  });

  const scaling = [
    { "models[0].autoscaling.maxReplicas": "3" },
    { models: JSON.stringify([{ name: "a/b", autoscaling: { maxReplicas: 3 } }]) },
  ];
  for (const config of scaling) {
    it(`need KEDA with ${JSON.stringify(config)}`, () =>
      assert.deepEqual(usesOf(config), ["environment", "autoscaling"]));
  }

  it("need no KEDA for settings that no model uses", () => {
    assert.deepEqual(usesOf({ "autoscaling.values.replicas": "1", "models[0].autoscaling": undefined }), [
      "environment",
    ]);
  });

  it("need what the node agent runs", () => {
    const images = [
      "pilot",
      "proxyv2",
      "epp",
      "vllm-openai",
      "prometheus",
      "prometheus-operator",
      "kube-state-metrics",
    ];
    const asked = new Set<string>();
    for (const image of [...images, "prometheus-config-reloader"])
      programOf(`x/${image}`)?.files({ bin: (name) => (asked.add(name), name), share: "" });
    assert.deepEqual(
      [...asked].filter((name) => !(toolsFor(["environment"]) as string[]).includes(name)),
      [],
    );
    assert.ok(asked.has("envoy"));
  });
});

describe("the plan of a build", () => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-toolchain-"));
  const layout = cacheLayout(scratch);
  before(function () {
    if (spawnSync("go", ["version"]).status !== 0) skip(this, "go is not installed");
  });
  after(() => fs.rmSync(scratch, { recursive: true, force: true }));

  it("misses wanted programs only, and has the same keys whatever is wanted", () => {
    const [rules, all] = [planToolchain(layout, ["promtool"]), planToolchain(layout, TOOL_NAMES)];
    assert.deepEqual([rules.missing, all.missing], [["promtool"], TOOL_NAMES]);
    assert.deepEqual([[...rules.keys], rules.setKey], [[...all.keys], all.setKey]);
  });

  it("is empty when the wanted programs and the set are there", () => {
    const { keys, setKey, staged } = planToolchain(layout, ["promtool"]);
    assert.equal(staged, false);
    const folder = layout.tool("promtool", keys.get("promtool") ?? "");
    for (const made of [folder, layout.set(setKey)]) fs.mkdirSync(made, { recursive: true });
    assert.equal(planToolchain(layout, ["promtool"]).ready, false);
    fs.writeFileSync(path.join(folder, "promtool"), "");
    assert.equal(planToolchain(layout, ["promtool"]).ready, true);
    assert.deepEqual(planToolchain(layout, ["promtool", "keda"]).missing, ["keda"]);
  });
});
