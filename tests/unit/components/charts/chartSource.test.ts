import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type ChartSettings, ChartSourceError, resolveChartSources } from "../../../../components/charts/chartSource";

describe("where charts and CRDs come from", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "mirror-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const write = (name: string, content = ""): void => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  };
  const settings = (changes: Partial<ChartSettings> = {}): ChartSettings => ({
    charts: {
      istiod: { name: "istiod", repository: "https://charts.example.com", version: "1.27.9" },
      inferencepool: { name: "inferencepool", repository: "oci://registry.example.com/charts", version: "v1.3.1" },
    },
    crds: { "gateway-api": { version: "v1.3.0", url: "https://example.com/standard-install.yaml" } },
    root: folder,
    ...changes,
  });

  it("is the official place without further settings", () => {
    assert.deepEqual(resolveChartSources(settings()), {
      charts: {
        istiod: { chart: "istiod", version: "1.27.9", repository: "https://charts.example.com" },
        inferencepool: { chart: "oci://registry.example.com/charts/inferencepool", version: "v1.3.1" },
      },
      crds: { "gateway-api": { url: "https://example.com/standard-install.yaml" } },
    });
  });

  it("is a registry that mirrors the charts, those that hold CRDs among them", () => {
    assert.deepEqual(resolveChartSources(settings({ mirror: "oci://mirror.example.com/llm-d/" })), {
      charts: {
        istiod: { chart: "oci://mirror.example.com/llm-d/istiod", version: "1.27.9" },
        inferencepool: { chart: "oci://mirror.example.com/llm-d/inferencepool", version: "v1.3.1" },
      },
      crds: { "gateway-api": { chart: "oci://mirror.example.com/llm-d/gateway-api", version: "v1.3.0" } },
    });
  });

  it("is a folder of archives and files", () => {
    for (const name of ["istiod-1.27.9.tgz", "inferencepool-v1.3.1.tgz", "gateway-api-v1.3.0.yaml"]) write(name);
    const { charts, crds } = resolveChartSources(settings({ mirror: folder }));
    assert.equal(charts["istiod"]?.chart, path.join(folder, "istiod-1.27.9.tgz"));
    assert.deepEqual(crds["gateway-api"], { files: [path.join(folder, "gateway-api-v1.3.0.yaml")] });
  });

  it("is a folder of unpacked charts, relative to the project", () => {
    write("mirror/istiod/Chart.yaml", "version: 1.27.9");
    write("mirror/inferencepool/Chart.yaml", "version: 1.3.1");
    write("mirror/gateway-api/gateways.yaml");
    const { charts, crds } = resolveChartSources(settings({ mirror: "mirror" }));
    assert.deepEqual(charts["istiod"], { chart: path.join(folder, "mirror/istiod"), version: "1.27.9" });
    assert.deepEqual(charts["inferencepool"], { chart: path.join(folder, "mirror/inferencepool"), version: "1.3.1" });
    assert.deepEqual(crds["gateway-api"], { files: [path.join(folder, "mirror/gateway-api/gateways.yaml")] });
  });

  it("lists everything that a folder lacks in one error, with the names looked for", () => {
    write("istiod/Chart.yaml", "version: 1.26.0");
    assert.throws(
      () => resolveChartSources(settings({ mirror: folder })),
      (error: unknown) => {
        assert.ok(error instanceof ChartSourceError);
        assert.deepEqual(error.problems, [
          `chart istiod 1.27.9: ${folder}/istiod/Chart.yaml is of version 1.26.0`,
          `chart inferencepool v1.3.1: neither ${folder}/inferencepool-v1.3.1.tgz nor ${folder}/inferencepool/Chart.yaml exists`,
          `CRDs gateway-api v1.3.0: neither ${folder}/gateway-api-v1.3.0.yaml nor ${folder}/gateway-api/*.yaml exists`,
        ]);
        assert.match(error.message, /^Charts or CRDs cannot be found:\n {2}- chart istiod/);
        return true;
      },
    );
  });

  const OVERRIDES: [string, ChartSettings["overrides"], unknown][] = [
    [
      "another version, from the mirror",
      { istiod: { version: "1.27.8" } },
      { chart: "oci://mirror.example.com/istiod", version: "1.27.8" },
    ],
    [
      "another repository, past the mirror",
      { istiod: { repository: "https://other.example.com" } },
      { chart: "istiod", version: "1.27.9", repository: "https://other.example.com" },
    ],
    [
      "an OCI prefix as repository",
      { istiod: { repository: "oci://other.example.com/istio" } },
      { chart: "oci://other.example.com/istio/istiod", version: "1.27.9" },
    ],
    [
      "an OCI reference as chart",
      { istiod: { chart: "oci://other.example.com/pilot", version: "1.27.10" } },
      { chart: "oci://other.example.com/pilot", version: "1.27.10" },
    ],
    [
      "another name in the official repository",
      { istiod: { chart: "istiod-remote" } },
      { chart: "istiod-remote", version: "1.27.9", repository: "https://charts.example.com" },
    ],
  ];
  for (const [name, overrides, expected] of OVERRIDES) {
    it(`is overridden by ${name}`, () => {
      const { charts } = resolveChartSources(settings({ mirror: "oci://mirror.example.com", overrides }));
      assert.deepEqual(charts["istiod"], expected);
    });
  }

  it("is overridden by a folder, which has to be there", () => {
    write("own/Chart.yaml", "version: 1.27.9");
    const own = { istiod: { chart: "./own" } };
    assert.equal(resolveChartSources(settings({ overrides: own })).charts["istiod"]?.chart, path.join(folder, "own"));
    const missing = { istiod: { chart: "./none" } };
    assert.throws(() => resolveChartSources(settings({ overrides: missing })), /none\/Chart.yaml does not exist/);
  });
});
