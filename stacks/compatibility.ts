import semver = require("semver");
import type { Problem } from "../settings/problems";
import type { InferencePoolApi, VersionSet } from "./versions";

const V1ALPHA2: InferencePoolApi = "inference.networking.x-k8s.io/v1alpha2";
const V1: InferencePoolApi = "inference.networking.k8s.io/v1";

/**
 * The Gateway API release that each Istio minor is built on (its go.mod). istiod watches the versions of each kind that
 * this release has. Minors that are not listed have not been checked.
 */
const GATEWAY_API_OF_ISTIO: Readonly<Record<number, string>> = { 27: "v1.3", 29: "v1.5" };

/** Names of the images of llm-d's endpoint picker. `llm-d-inference-scheduler` no longer exists. */
const ROUTER_IMAGE = "llm-d-router-endpoint-picker";
const RETIRED_IMAGE = "llm-d-inference-scheduler";

/**
 * Checks that a set of versions fits together. Returns a problem for each pair that does not fit, with both sides and
 * the fix. Each pair below breaks without an error: requests are not routed.
 */
export function checkCompatibility(versions: VersionSet): Problem[] {
  return [
    ...istioAndItsParts(versions),
    ...istioAndPoolApi(versions),
    ...istioAndGatewayApi(versions),
    ...crdsAndPoolApi(versions),
    ...chartAndCrds(versions),
    ...endpointPickerAndPoolApi(versions),
  ];
}

/** The charts, CRDs and images of Istio are released together. The version of istiod decides what a proxy can do. */
function* istioAndItsParts({ istio, charts, images }: VersionSet): Iterable<Problem> {
  for (const name of ["base", "istiod"] as const) {
    const { version } = charts[name];
    if (version === istio) continue;
    yield {
      path: `charts.overrides.${name}.version`,
      message: `chart ${name} ${version} does not fit Istio ${istio}; remove it and set versions.istio, which moves charts, CRDs and images together`,
    };
  }
  for (const name of ["pilot", "proxyv2"] as const) {
    const { tag } = images[name];
    const [theirs, ours] = [parse(tag), parse(istio)];
    if (theirs === undefined || ours === undefined || theirs.minor === ours.minor) continue;
    yield {
      path: `versions.images.${name}.tag`,
      message: `image ${name} ${tag} does not fit Istio ${istio}; write a tag of 1.${ours.minor}, or set versions.istio`,
    };
  }
}

/**
 * Istio 1.27 watches only v1alpha2 pools, and 1.28 and later only v1 pools (pilot/pkg/config/kube/gateway/
 * inferencepool_collection.go of each release). Earlier releases watch no pools.
 */
function* istioAndPoolApi({ istio, inferencePoolApi }: VersionSet): Iterable<Problem> {
  const minor = parse(istio)?.minor;
  if (minor === undefined) return;
  const watched = minor === 27 ? V1ALPHA2 : V1;
  if (minor < 27) {
    yield {
      path: "versions.istio",
      message: `Istio ${istio} does not route to InferencePools (${inferencePoolApi}); write 1.27 or later`,
    };
  } else if (inferencePoolApi !== watched) {
    const otherIstio = watched === V1ALPHA2 ? "1.28 or later" : "1.27.x";
    yield {
      path: "versions.inferencePoolApi",
      message: `Istio ${istio} watches ${watched} pools only and ignores ${inferencePoolApi}; write ${watched}, or set versions.istio to ${otherIstio}`,
    };
  }
}

function* istioAndGatewayApi({ istio, gatewayApi }: VersionSet): Iterable<Problem> {
  const minor = parse(istio)?.minor;
  const crds = parse(gatewayApi);
  if (minor === undefined || minor < 27 || crds === undefined) return;
  const builtOn = GATEWAY_API_OF_ISTIO[minor];
  if (builtOn === undefined) {
    const known = Object.keys(GATEWAY_API_OF_ISTIO).map((known) => `1.${known}`);
    yield {
      path: "versions.istio",
      message: `Istio ${istio} is not in the table of releases known to fit a Gateway API (here ${gatewayApi}); write ${known.join(" or ")}`,
    };
  } else if (`v${crds.major}.${crds.minor}` !== builtOn) {
    yield {
      path: "versions.gatewayApi",
      message: `Gateway API ${gatewayApi} does not fit Istio ${istio}, which is built on ${builtOn}; write a ${builtOn} release, or set versions.istio`,
    };
  }
}

/**
 * v1 pools came with v1.0.0, and v1.5.0 dropped v1alpha2 pools (config/crd/bases of v1.3.1 holds both kinds of
 * inferencepools, that of v1.5.0 only v1).
 */
function* crdsAndPoolApi({ inferenceExtension, inferencePoolApi }: VersionSet): Iterable<Problem> {
  const crds = parse(inferenceExtension);
  if (crds === undefined) return;
  const path = "versions.inferenceExtension";
  if (inferencePoolApi === V1ALPHA2 && atLeast(crds, 1, 5)) {
    yield {
      path,
      message: `Inference Extension ${inferenceExtension} no longer ships the CRD of ${V1ALPHA2} pools; write v1.3.1, or set versions.inferencePoolApi to ${V1} with Istio 1.28 or later`,
    };
  }
  if (inferencePoolApi === V1 && !atLeast(crds, 1, 0)) {
    yield {
      path,
      message: `Inference Extension ${inferenceExtension} does not ship the CRD of ${V1} pools yet; write v1.0.0 or later`,
    };
  }
}

/**
 * The endpoint picker watches the kinds of its release, so CRDs may be newer but not older. The chart sets the flags
 * of the image released with it. v1.5.0 is the last release that carries the chart.
 */
function* chartAndCrds({ inferenceExtension, inferencePoolApi, charts, images }: VersionSet): Iterable<Problem> {
  const { version } = charts.inferencepool;
  const chart = parse(version);
  if (chart === undefined) return;
  const crds = parse(inferenceExtension);
  const image = images.epp.name === "epp" ? parse(images.epp.tag) : undefined;
  const path = "charts.overrides.inferencepool.version";
  if (atLeast(chart, 1, 6)) {
    yield {
      path,
      message: `chart inferencepool ${version} does not exist: Inference Extension ${inferenceExtension} may be newer, but the chart ended with v1.5.0; write ${inferencePoolApi === V1 ? "v1.5.0" : "v1.3.1"}`,
    };
  } else if (crds !== undefined && older(crds, chart)) {
    yield {
      path,
      message: `chart inferencepool ${version} does not fit the CRDs of Inference Extension ${inferenceExtension}, which are older than its endpoint picker; write ${inferenceExtension}, or set versions.inferenceExtension to ${version}`,
    };
  }
  if (image !== undefined && (older(chart, image) || older(image, chart))) {
    yield {
      path: "versions.images.epp.tag",
      message: `endpoint picker image ${images.epp.tag} does not fit chart inferencepool ${version}, which sets the flags of its own release; write ${version}`,
    };
  }
}

/**
 * From v1.5.0 on, the chart renders v1 pools and the endpoint picker caches v1 pools. Both ignore
 * `inferencePool.apiVersion` and `--pool-group` (templates/inferencepool.yaml, pkg/epp/server/controller_manager.go).
 * llm-d-router v0.10.0 does the same.
 */
function* endpointPickerAndPoolApi(versions: VersionSet): Iterable<Problem> {
  const { inferenceExtension, inferencePoolApi, charts, images } = versions;
  const { name, tag } = images.epp;
  const { version } = charts.inferencepool;
  if (name.endsWith(RETIRED_IMAGE)) {
    yield {
      path: "versions.images.epp.name",
      message: `image ${name} is no longer published and does not fit chart inferencepool ${version}; write epp`,
    };
  }
  if (inferencePoolApi === V1) return;
  const chart = parse(version);
  // A chart that follows the version of the Inference Extension is fixed together with its CRDs.
  const ownVersion = version !== inferenceExtension;
  if (ownVersion && chart !== undefined && atLeast(chart, 1, 5) && !atLeast(chart, 1, 6)) {
    yield {
      path: "charts.overrides.inferencepool.version",
      message: `chart inferencepool ${version} makes ${V1} pools only, not ${inferencePoolApi}; write v1.3.1`,
    };
  }
  if (name.endsWith(ROUTER_IMAGE)) {
    yield {
      path: "versions.images.epp.name",
      message: `image ${name} ${tag} reconciles ${V1} pools only, not ${inferencePoolApi}; write epp`,
    };
  }
}

/**
 * The inferencepool chart of v1.3.1 writes `inferenceExtension.failureMode` only into v1alpha2 pools. That of v1.5.0
 * writes it into v1 pools (templates/inferencepool.yaml of each).
 */
export function checkFailureMode({ inferencePoolApi, charts }: VersionSet, failureMode?: string): Problem[] {
  const { version } = charts.inferencepool;
  const chart = parse(version);
  if (failureMode !== "FailOpen" || inferencePoolApi !== V1 || chart === undefined || atLeast(chart, 1, 4)) return [];
  const message = `FailOpen is ignored by chart inferencepool ${version} for ${V1} pools; write FailClose, or set charts.overrides.inferencepool.version to v1.5.0`;
  return [{ path: "endpointPicker.failureMode", message }];
}

/**
 * Kubernetes minors that each Istio minor supports:
 * https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases.
 */
const KUBERNETES_OF_ISTIO: Readonly<Record<number, readonly [oldest: number, newest: number]>> = {
  27: [29, 33],
  28: [30, 34],
  29: [31, 35],
};

/** The oldest and the newest Kubernetes minor that a release of Istio supports; undefined for an unchecked release. */
export function kubernetesOfIstio({ istio }: VersionSet): readonly [oldest: number, newest: number] | undefined {
  return KUBERNETES_OF_ISTIO[parse(istio)?.minor ?? 0];
}

/** Checks that the Kubernetes version of a cluster that the program makes is one that Istio supports. */
export function checkKubernetes(
  versions: VersionSet,
  made: { readonly setting: string; readonly version: string | undefined } | undefined,
): Problem[] {
  const range = kubernetesOfIstio(versions);
  const minor = Number(/^1\.(\d+)$/.exec(made?.version ?? "")?.[1]);
  if (made === undefined || range === undefined || Number.isNaN(minor)) return [];
  if (minor >= range[0] && minor <= range[1]) return [];
  const nearest = minor < range[0] ? range[0] : range[1];
  const message = `Kubernetes ${made.version} does not fit Istio ${versions.istio}, which supports 1.${range[0]} to 1.${range[1]}; write 1.${nearest}`;
  return [{ path: made.setting, message }];
}

/** The parsed version or tag; undefined for tags that are not versions. Those are not checked. */
const parse = (version: string) => semver.parse(version) ?? undefined;

function atLeast(version: semver.SemVer, major: number, minor: number): boolean {
  return semver.gte(`${version.major}.${version.minor}.0`, `${major}.${minor}.0`);
}

function older(a: semver.SemVer, b: semver.SemVer): boolean {
  return !atLeast(a, b.major, b.minor);
}
