import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { gpuOperatorValues, type GpuOperatorSettings } from "../../../components/gpu/gpuOperatorValues";
import { LANES } from "../../../stacks/versions";
import { at } from "../../support/components";
import { skip } from "../../support/skip";
import { hasPath, leaves, readYaml, REFERENCE_CHARTS, refusals, ROOT } from "../../support/charts";

const { version } = LANES["istio-1.27"].charts["gpu-operator"];
const REFERENCE = path.join(REFERENCE_CHARTS, `gpu-operator-${version}`);
const LOCAL_CHART = path.join(ROOT, "local", "charts", "gpu-operator");

const SETTINGS: GpuOperatorSettings = { driver: true, toolkit: true, mig: { strategy: "none" }, values: {} };

/** The values for each combination of settings that sets other keys. */
const CASES = Object.fromEntries(
  Object.entries<Partial<GpuOperatorSettings>>({
    "nodes without a driver": {},
    "nodes with a driver in their image": { driver: false, toolkit: false },
    "partitioned GPUs": { mig: { strategy: "single", layout: "all-1g.5gb" } },
    "shared GPUs": { timeSlicing: { replicas: 4, failRequestsGreaterThanOne: true } },
  }).map(([name, changes]) => [name, gpuOperatorValues({ ...SETTINGS, ...changes })]),
);

describe("values of the gpu-operator chart", () => {
  it("install no driver and no toolkit when the image has them", () => {
    const values = gpuOperatorValues({ ...SETTINGS, driver: false, toolkit: false });
    assert.deepEqual([at(values, "driver"), at(values, "toolkit")], [{ enabled: false }, { enabled: false }]);
  });

  it("do not install CRDs, because the stack does", () => {
    assert.deepEqual(at(gpuOperatorValues(SETTINGS), "operator"), { upgradeCRD: false, cleanupCRD: false });
  });

  it("run the MIG manager only when GPUs are partitioned", () => {
    assert.deepEqual(at(gpuOperatorValues(SETTINGS), "migManager"), { enabled: false });
    const mixed = gpuOperatorValues({ ...SETTINGS, mig: { strategy: "mixed" } });
    assert.deepEqual(at(mixed, "migManager"), { enabled: true, config: { default: "all-disabled" } });
  });

  it("name the time-slicing entry after its content, so that the plugin restarts when it changes", () => {
    const entry = (replicas: number, failRequestsGreaterThanOne: boolean) => {
      const values = gpuOperatorValues({ ...SETTINGS, timeSlicing: { replicas, failRequestsGreaterThanOne } });
      const config = at(values, "devicePlugin", "config") as { default: string; data: Record<string, string> };
      assert.deepEqual(Object.keys(config.data), [config.default]);
      return [config.default, at(parse(config.data[config.default] ?? ""), "sharing", "timeSlicing")];
    };
    assert.deepEqual(entry(4, true), [
      "shared-by-4",
      {
        renameByDefault: false,
        failRequestsGreaterThanOne: true,
        resources: [{ name: "nvidia.com/gpu", replicas: 4 }],
      },
    ]);
    assert.notEqual(entry(4, false)[0], entry(4, true)[0]);
  });

  it("are overridden by the user's values", () => {
    const values = gpuOperatorValues({ ...SETTINGS, values: { dcgmExporter: { serviceMonitor: { enabled: true } } } });
    assert.deepEqual(at(values, "dcgmExporter"), { enabled: true, serviceMonitor: { enabled: true } });
  });
});

describe("values for the real gpu-operator chart", () => {
  before(function () {
    if (!fs.existsSync(REFERENCE)) skip(this, `there is no copy of the chart's values (${path.basename(REFERENCE)})`);
  });
  for (const [name, values] of Object.entries(CASES)) {
    it(`set only keys that the chart knows, for ${name}`, () => {
      const known = readYaml(REFERENCE, "values.yaml");
      const unknown = leaves(values)
        // The program chooses the names of the ConfigMap's entries.
        .filter((keys) => keys.slice(0, 3).join(".") !== "devicePlugin.config.data")
        .filter((keys) => !hasPath(known, keys));
      assert.deepEqual(unknown, []);
    });
  }
});

describe("the local replacement of the gpu-operator chart", () => {
  it("has the version of the version table, and is marked as a replacement", () => {
    const chart = readYaml(LOCAL_CHART, "Chart.yaml");
    assert.deepEqual([at(chart, "name"), at(chart, "version")], ["gpu-operator", version]);
    assert.match(String(at(chart, "description")), /Stand-in/);
    assert.equal(at(chart, "annotations", "llm-d.ai/stand-in"), "true");
  });

  for (const [name, values] of Object.entries(CASES)) {
    it(`accepts the values for ${name}`, () => assert.deepEqual(refusals(LOCAL_CHART, values), []));
  }

  it("accepts its own defaults", () =>
    assert.deepEqual(refusals(LOCAL_CHART, readYaml(LOCAL_CHART, "values.yaml")), []));

  it("refuses keys that it would ignore", () => {
    assert.match(refusals(LOCAL_CHART, { driver: { version: "1" } }).join(), /version/);
    assert.match(refusals(LOCAL_CHART, { operator: { upgradeCRD: true } }).join(), /upgradeCRD/);
    assert.match(refusals(LOCAL_CHART, { vgpuManager: {} }).join(), /vgpuManager/);
  });

  it("has the defaults of the real chart, except for the key that the program always sets", function () {
    if (!fs.existsSync(REFERENCE)) skip(this, `there is no copy of the chart's values (${path.basename(REFERENCE)})`);
    const known = readYaml(REFERENCE, "values.yaml");
    const own = readYaml(LOCAL_CHART, "values.yaml");
    const differing = leaves(own)
      .filter((keys) => JSON.stringify(at(own, ...keys)) !== JSON.stringify(at(known, ...keys)))
      .map((keys) => keys.join("."));
    assert.deepEqual(differing, ["operator.upgradeCRD"]);
  });

  it("has a CRD that requires the same fields as the real CRD and has no unknown fields", function () {
    if (!fs.existsSync(REFERENCE)) skip(this, `there is no copy of the CRDs (${path.basename(REFERENCE)})`);
    const spec = (folder: string) =>
      at(
        readYaml(folder, "nvidia.com_clusterpolicies.yaml"),
        ...["spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec"],
      );
    const [real, own] = [spec(REFERENCE), spec(path.join(LOCAL_CHART, "crds"))];
    assert.deepEqual([...(at(own, "required") as string[])].sort(), at(real, "required"));
    const unknown = Object.keys(at(own, "properties") as object).filter(
      (key) => !hasPath(at(real, "properties"), [key]),
    );
    assert.deepEqual(unknown, []);
  });
});
