import * as assert from "node:assert/strict";
import { checkCompatibility, checkFailureMode } from "../../../stacks/compatibility";
import {
  type ChartName,
  type ImageName,
  LANE_PARTS,
  LANES,
  type VersionParts,
  type VersionSet,
  versionSet,
} from "../../../stacks/versions";
import { lines } from "../../support/configurations";

const V1ALPHA2 = "inference.networking.x-k8s.io/v1alpha2";
const V1 = "inference.networking.k8s.io/v1";

interface Change {
  parts?: Partial<VersionParts>;
  charts?: Partial<Record<ChartName, string>>;
  images?: Partial<Record<ImageName, { name?: string; tag?: string }>>;
}

/** The default lane with some of its versions replaced. */
function lane({ parts = {}, charts = {}, images = {} }: Change): VersionSet {
  const set = versionSet({ ...LANE_PARTS["istio-1.27"], ...parts });
  const replace = <K extends string, P>(pins: Readonly<Record<K, P>>, changes: Partial<Record<K, object>>) =>
    Object.fromEntries(
      Object.entries(pins).map(([name, pin]) => [name, { ...(pin as object), ...changes[name as K] }]),
    ) as Record<K, P>;
  const chartVersions = Object.fromEntries(Object.entries(charts).map(([name, version]) => [name, { version }]));
  return { ...set, charts: replace(set.charts, chartVersions), images: replace(set.images, images) };
}

const TABLE: [name: string, change: Change, ...reported: string[]][] = [
  [
    "Istio before the Inference Extension",
    { parts: { istio: "1.26.4" } },
    `versions.istio: Istio 1.26.4 does not route to InferencePools (${V1ALPHA2}); write 1.27 or later`,
  ],
  [
    "Istio 1.27 with v1 pools",
    { parts: { inferencePoolApi: V1 } },
    `versions.inferencePoolApi: Istio 1.27.9 watches ${V1ALPHA2} pools only and ignores ${V1}; write ${V1ALPHA2}, or set versions.istio to 1.28 or later`,
  ],
  [
    "Istio 1.29 with v1alpha2 pools",
    { parts: { istio: "1.29.2", gatewayApi: "v1.5.1" } },
    `versions.inferencePoolApi: Istio 1.29.2 watches ${V1} pools only and ignores ${V1ALPHA2}; write ${V1}, or set versions.istio to 1.27.x`,
  ],
  [
    "a Gateway API that is older than Istio's",
    { parts: { gatewayApi: "v1.2.1" } },
    "versions.gatewayApi: Gateway API v1.2.1 does not fit Istio 1.27.9, which is built on v1.3; write a v1.3 release, or set versions.istio",
  ],
  [
    "a Gateway API that is newer than Istio's",
    { parts: { gatewayApi: "v1.5.1" } },
    "versions.gatewayApi: Gateway API v1.5.1 does not fit Istio 1.27.9, which is built on v1.3; write a v1.3 release, or set versions.istio",
  ],
  [
    "an Istio that is not in the table",
    { parts: { istio: "1.30.0", inferencePoolApi: V1 } },
    "versions.istio: Istio 1.30.0 is not in the table of releases known to fit a Gateway API (here v1.3.0); write 1.27 or 1.29",
  ],
  [
    "Inference Extension CRDs without v1alpha2 pools",
    { parts: { inferenceExtension: "v1.5.0" } },
    `versions.inferenceExtension: Inference Extension v1.5.0 no longer ships the CRD of ${V1ALPHA2} pools; write v1.3.1, or set versions.inferencePoolApi to ${V1} with Istio 1.28 or later`,
  ],
  [
    "Inference Extension CRDs that have no v1 pools yet",
    { parts: { istio: "1.29.2", gatewayApi: "v1.5.1", inferencePoolApi: V1, inferenceExtension: "v0.5.1" } },
    `versions.inferenceExtension: Inference Extension v0.5.1 does not ship the CRD of ${V1} pools yet; write v1.0.0 or later`,
  ],
  [
    "a chart that is newer than the CRDs",
    {
      parts: { inferenceExtension: "v1.2.0" },
      charts: { inferencepool: "v1.3.1" },
      images: { epp: { tag: "v1.3.1" } },
    },
    "charts.overrides.inferencepool.version: chart inferencepool v1.3.1 does not fit the CRDs of Inference Extension v1.2.0, which are older than its endpoint picker; write v1.2.0, or set versions.inferenceExtension to v1.3.1",
  ],
  [
    "a chart without v1alpha2 pools",
    { charts: { inferencepool: "v1.5.0" }, images: { epp: { tag: "v1.5.0" } } },
    "charts.overrides.inferencepool.version: chart inferencepool v1.5.0 does not fit the CRDs of Inference Extension v1.3.1, which are older than its endpoint picker; write v1.3.1, or set versions.inferenceExtension to v1.5.0",
    `charts.overrides.inferencepool.version: chart inferencepool v1.5.0 makes ${V1} pools only, not ${V1ALPHA2}; write v1.3.1`,
  ],
  [
    "a chart that was never released",
    { charts: { inferencepool: "v1.6.0" }, images: { epp: { tag: "v1.6.0" } } },
    "charts.overrides.inferencepool.version: chart inferencepool v1.6.0 does not exist: Inference Extension v1.3.1 may be newer, but the chart ended with v1.5.0; write v1.3.1",
  ],
  [
    "an endpoint picker image of another release than its chart",
    { images: { epp: { tag: "v1.1.0" } } },
    "versions.images.epp.tag: endpoint picker image v1.1.0 does not fit chart inferencepool v1.3.1, which sets the flags of its own release; write v1.3.1",
  ],
  [
    "llm-d-router with v1alpha2 pools",
    { images: { epp: { name: "llm-d-router-endpoint-picker", tag: "v0.10.0" } } },
    `versions.images.epp.name: image llm-d-router-endpoint-picker v0.10.0 reconciles ${V1} pools only, not ${V1ALPHA2}; write epp`,
  ],
  [
    "an image that is no longer published",
    { images: { epp: { name: "llm-d-inference-scheduler", tag: "v0.4.0" } } },
    "versions.images.epp.name: image llm-d-inference-scheduler is no longer published and does not fit chart inferencepool v1.3.1; write epp",
  ],
  [
    "another version for only one of Istio's charts",
    { charts: { base: "1.26.0" } },
    "charts.overrides.base.version: chart base 1.26.0 does not fit Istio 1.27.9; remove it and set versions.istio, which moves charts, CRDs and images together",
  ],
  [
    "another version for only one of Istio's images",
    { images: { proxyv2: { tag: "1.28.0" } } },
    "versions.images.proxyv2.tag: image proxyv2 1.28.0 does not fit Istio 1.27.9; write a tag of 1.27, or set versions.istio",
  ],
];

describe("the check of compatibility", () => {
  for (const [name, versions] of Object.entries(LANES)) {
    it(`accepts the versions of lane ${name}`, () => {
      assert.deepEqual(checkCompatibility(versions), []);
    });
  }

  const fitting: [string, Change][] = [
    ["another patch release of Istio", { parts: { istio: "1.27.3" } }],
    ["a variant of Istio's images", { images: { pilot: { tag: "1.27.9-distroless" } } }],
    [
      "CRDs that are newer than the chart",
      {
        parts: { inferenceExtension: "v1.4.0" },
        charts: { inferencepool: "v1.3.1" },
        images: { epp: { tag: "v1.3.1" } },
      },
    ],
    [
      "v1 pools with the releases that watch them",
      { parts: { istio: "1.29.2", gatewayApi: "v1.5.1", inferencePoolApi: V1, inferenceExtension: "v1.5.0" } },
    ],
    ["an image tag that is not a version", { images: { epp: { tag: "main" }, pilot: { tag: "my-build" } } }],
  ];
  for (const [name, change] of fitting) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(lines(checkCompatibility(lane(change))), []);
    });
  }

  for (const [name, change, ...reported] of TABLE) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(lines(checkCompatibility(lane(change))), reported);
    });
  }

  it("refuses a failure mode that the chart ignores", () => {
    const versions = lane({ parts: { istio: "1.29.2", gatewayApi: "v1.5.1", inferencePoolApi: V1 } });
    assert.deepEqual(lines(checkFailureMode(versions, "FailOpen")), [
      `endpointPicker.failureMode: FailOpen is ignored by chart inferencepool v1.3.1 for ${V1} pools; write FailClose, or set charts.overrides.inferencepool.version to v1.5.0`,
    ]);
    assert.deepEqual(checkFailureMode(versions, "FailClose"), []);
    assert.deepEqual(checkFailureMode(LANES["istio-1.27"], "FailOpen"), []);
  });
});
