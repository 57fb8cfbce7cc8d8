import * as assert from "node:assert/strict";
import { imageReference, imageTag } from "../../../components/charts/images";
import { EXACT_VERSION } from "../../../settings/fields";
import {
  CHART_NAMES,
  CRD_BUNDLE_NAMES,
  DEFAULT_LANE,
  IMAGE_NAMES,
  LANES,
  PLANNED_LANES,
} from "../../../stacks/versions";
import { parse } from "../../support/configurations";

describe("the table of versions", () => {
  for (const [lane, versions] of Object.entries(LANES)) {
    describe(`for lane ${lane}`, () => {
      it("pins every chart to an exact version of a named repository", () => {
        assert.deepEqual(Object.keys(versions.charts).sort(), [...CHART_NAMES].sort());
        for (const chart of Object.values(versions.charts)) {
          assert.match(chart.version, EXACT_VERSION);
          assert.match(chart.repository, /^(https|oci):\/\//);
        }
      });

      it("pins every CRD bundle to a release, which is in its URL", () => {
        assert.deepEqual(Object.keys(versions.crds).sort(), [...CRD_BUNDLE_NAMES].sort());
        for (const { version, url } of Object.values(versions.crds)) {
          assert.match(version, EXACT_VERSION);
          assert.ok(url.startsWith("https://") && url.includes(`/${version}/`), url);
        }
      });

      it("pins every image to an exact tag", () => {
        assert.deepEqual(Object.keys(versions.images).sort(), [...IMAGE_NAMES].sort());
        for (const image of Object.values(versions.images)) {
          assert.match(image.tag, EXACT_VERSION);
        }
      });

      it("does not contain latest or a branch", () => {
        assert.doesNotMatch(JSON.stringify(versions), /latest|\bmain\b|\bmaster\b/);
      });
    });
  }

  it("has the default lane, and no lane that is only planned", () => {
    assert.ok(DEFAULT_LANE in LANES);
    assert.deepEqual(
      PLANNED_LANES.filter((lane) => lane in LANES),
      [],
    );
  });

  it("adds the digest to an image reference when there is one", () => {
    const image = { hub: "registry.example.com/istio", name: "pilot", tag: "1.27.9" };
    const digest = `sha256:${"a".repeat(64)}`;
    assert.equal(imageReference(image), "registry.example.com/istio/pilot:1.27.9");
    assert.equal(imageTag({ ...image, digest }), `1.27.9@${digest}`);
    assert.equal(imageReference({ ...image, digest }), `registry.example.com/istio/pilot:1.27.9@${digest}`);
  });
});

describe("versions of a stack", () => {
  it("are the lane's versions by default", () => {
    assert.deepEqual(parse().versions, LANES["istio-1.27"]);
  });

  it("change the charts, CRDs and images of a part together", () => {
    const { versions } = parse({ versions: { istio: "1.27.3", inferenceExtension: "v1.3.0" } });
    assert.equal(versions.charts.base.version, "1.27.3");
    assert.equal(versions.charts.istiod.version, "1.27.3");
    assert.equal(versions.crds["istio-crds"].version, "1.27.3");
    assert.equal(versions.images.proxyv2.tag, "1.27.3");
    assert.equal(versions.charts.inferencepool.version, "v1.3.0");
    assert.match(versions.crds["inference-extension"].url, /\/v1\.3\.0\//);
    assert.equal(versions.images.epp.tag, "v1.3.0");
    assert.equal(versions.charts["llm-d-modelservice"].version, "v0.4.12");
  });

  it("can replace a single image or chart", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const { versions } = parse({
      versions: { images: { vllm: { hub: "registry.example.com/mirror", digest } } },
      charts: {
        overrides: { "llm-d-modelservice": { repository: "oci://registry.example.com/charts", version: "v0.4.11" } },
      },
    });
    assert.deepEqual(versions.images.vllm, {
      hub: "registry.example.com/mirror",
      name: "vllm-openai",
      tag: "v0.10.0",
      digest,
    });
    assert.deepEqual(versions.charts["llm-d-modelservice"], {
      name: "llm-d-modelservice",
      repository: "oci://registry.example.com/charts",
      version: "v0.4.11",
    });
  });
});
