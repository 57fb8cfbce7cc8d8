import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { spawnSync } from "node:child_process";
import { parse, parseAllDocuments } from "yaml";
import { LOCAL_CHARTS_DIR, MODULES_DIR } from "../../../local/toolchain/paths";
import {
  dropKeepPolicy,
  SOURCE_MODULES,
  type Sources,
  splitDocuments,
  stageCharts,
  stageCrds,
  stageShare,
  stampChart,
  stampIstioImages,
  withoutDescriptions,
} from "../../../local/toolchain/staging";
import { eksPins } from "../../../stacks/platforms/eks/pins";
import {
  DEFAULT_LANE,
  CHART_NAMES,
  type ChartName,
  CRD_BUNDLE_NAMES,
  type CrdBundleName,
  LANES,
  LANE_PARTS,
} from "../../../stacks/versions";
import { skip } from "../../support/skip";

const lane = LANES["istio-1.27"];

/** What only EKS installs. */
const EKS = eksPins(LANE_PARTS[DEFAULT_LANE]);

/** Whether an embedded environment may install a chart or CRD bundle. */
function isEmbedded(name: ChartName | CrdBundleName): boolean {
  return !(name in EKS.charts) && !(name in EKS.crds);
}

/** A module's folder in Go's module cache, or undefined if it is not there: the test downloads nothing. */
function cachedModule(from: string, module: string): string | undefined {
  const cwd = path.join(MODULES_DIR, from);
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOPROXY: "off" };
  const result = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd, env, encoding: "utf8" });
  const dir = result.status === 0 ? result.stdout.trim() : "";
  return dir !== "" && fs.existsSync(dir) ? dir : undefined;
}

function sources(): Sources | undefined {
  const modules = Object.entries(SOURCE_MODULES).map(([name, [module, from]]) => [name, cachedModule(from, module)]);
  if (modules.some(([, folder]) => folder === undefined)) return undefined;
  return { ...Object.fromEntries(modules), localCharts: LOCAL_CHARTS_DIR } as Sources;
}

describe("staging charts and CRDs", () => {
  it("sets the version and appVersion of a chart", () => {
    const text = "name: base\n# never shipped\nversion: 1.0.0\nappVersion: 1.0.0\n";
    assert.equal(stampChart(text, "1.27.9"), 'name: base\n# never shipped\nversion: 1.27.9\nappVersion: "1.27.9"\n');
    assert.equal(stampChart("name: x\nversion: 0\n", "v1.3.1"), "name: x\nversion: v1.3.1\n");
  });

  it("fails when a source has an unexpected shape", () => {
    assert.throws(() => stampChart("name: x\n", "1.0.0"), /occurs 0 times, not once/);
    assert.throws(() => stampIstioImages("global:\n  hub: other\n  tag: latest\n", lane), /occurs 0 times, not once/);
  });

  it("removes Helm's keep annotation from a CRD, and an annotation map that becomes empty", () => {
    const alone = 'metadata:\n  annotations:\n    "helm.sh/resource-policy": keep\n  name: a\n';
    assert.equal(dropKeepPolicy(alone), "metadata:\n  name: a\n");
    const among = "metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n    x: y\n  name: a\n";
    assert.equal(dropKeepPolicy(among), "metadata:\n  annotations:\n    x: y\n  name: a\n");
  });

  it("removes descriptions of fields, but not a field named description", () => {
    const text =
      "spec:\n  description: what it is\n  properties:\n    description: { type: string, description: it }\n";
    assert.equal(withoutDescriptions(text), '{"spec":{"properties":{"description":{"type":"string"}}}}\n');
  });

  it("keeps only the CRDs of a file", () => {
    const text = "# head\n---\nkind: Namespace\n---\nkind: CustomResourceDefinition\nmetadata: {}\n---\n";
    assert.deepEqual(splitDocuments(text), ["kind: CustomResourceDefinition\nmetadata: {}\n"]);
  });

  describe("from the pinned modules", () => {
    const target = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-staging-"));
    const read = (...parts: string[]) => fs.readFileSync(path.join(target, ...parts), "utf8");
    let found: Sources | undefined;

    before(function () {
      found = sources();
      if (found === undefined) {
        skip(this, "the pinned modules are not in Go's module cache; `make tools` fetches them");
      }
    });
    after(() => fs.rmSync(target, { recursive: true, force: true }));

    it("copies each chart into a folder of its name, with the pinned version", () => {
      assert.ok(found);
      stageCharts(target, found, lane);
      for (const pin of CHART_NAMES.filter(isEmbedded).map((name) => lane.charts[name])) {
        const chart = parse(read(pin.name, "Chart.yaml")) as { name: string; version: string };
        assert.deepEqual([chart.name, chart.version], [pin.name, pin.version]);
        assert.ok(fs.existsSync(path.join(target, pin.name, "templates")), pin.name);
      }
      const values = parse(read("istiod", "values.yaml")) as Record<string, { global: { hub: string; tag: string } }>;
      const { hub, tag } = values._internal_defaults_do_not_set?.global ?? {};
      assert.deepEqual([hub, tag], [lane.images.pilot.hub, lane.images.pilot.tag]);
      fs.appendFileSync(path.join(target, "base", "Chart.yaml"), "", {}); // The copies can be written.
    });

    it("copies each CRD bundle, with one CRD in a file and without Helm's keep annotation", () => {
      assert.ok(found);
      stageCrds(target, found);
      const counts = CRD_BUNDLE_NAMES.filter(isEmbedded).map((bundle) => {
        const files = fs.readdirSync(path.join(target, bundle));
        for (const file of files) {
          const [document, ...others] = parseAllDocuments(read(bundle, file));
          const crd = document?.toJS() as { kind: string; metadata: { name: string; annotations?: object | null } };
          assert.deepEqual(
            [crd.kind, `${crd.metadata.name}.yaml`, others.length],
            ["CustomResourceDefinition", file, 0],
          );
          assert.notEqual(crd.metadata.annotations, null);
          assert.ok(!("helm.sh/resource-policy" in (crd.metadata.annotations ?? {})), file);
        }
        return [bundle, files.length];
      });
      assert.deepEqual(Object.fromEntries(counts), {
        ...{ "gateway-api": 5, "inference-extension": 5, "istio-crds": 14, "prometheus-operator-crds": 10 },
        "keda-crds": 6,
        ...{ "gpu-operator-crds": 1, "nvidia-driver-crds": 1, "node-feature-discovery-crds": 3 },
      });
      const gateways = parse(read("gateway-api", "gateways.gateway.networking.k8s.io.yaml")) as {
        metadata: { annotations: Record<string, string> };
      };
      assert.equal(gateways.metadata.annotations["gateway.networking.k8s.io/bundle-version"], lane.gatewayApi);
    });

    it("copies the data files of the programs", () => {
      assert.ok(found);
      stageShare(target, found);
      assert.match(read("istio", "envoy_bootstrap.json"), /"node"/);
      for (const stage of fs.readdirSync(path.join(target, "kwok", "stages"))) {
        assert.equal((parse(read("kwok", "stages", stage)) as { kind: string }).kind, "Stage");
      }
    });
  });
});
