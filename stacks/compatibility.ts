import semver = require("semver");
import type { Problem } from "../settings/problems";
import type { InferencePoolApi, VersionSet } from "./versions";

const V1ALPHA2: InferencePoolApi = "inference.networking.x-k8s.io/v1alpha2";
const V1: InferencePoolApi = "inference.networking.k8s.io/v1";

/**
 * Gateway API release that each Istio minor is built on (its go.mod): the versions of each kind that istiod watches are
 * those of that release. A minor that is not listed has not been looked at.
 */
const GATEWAY_API_OF_ISTIO: Readonly<Record<number, string>> = { 27: "v1.3", 29: "v1.5" };

/** Image names that llm-d published its endpoint picker under; `llm-d-inference-scheduler` no longer exists. */
const ROUTER_IMAGE = "llm-d-router-endpoint-picker";
const RETIRED_IMAGE = "llm-d-inference-scheduler";

/**
 * Checks that a set of versions fits together and returns a problem for each pair that does not, naming both sides and
 * the fix. Each pair below was found to break without any error of its own: requests are simply not routed.
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

/** The charts, CRDs and images of Istio are released together; istiod's own version decides what a proxy can do. */
function istioAndItsParts({ istio, charts, images }: VersionSet): Problem[] {
  const problems: Problem[] = [];
  for (const name of ["base", "istiod"] as const) {
    const { version } = charts[name];
    if (version !== istio) {
      problems.push({
        path: `charts.overrides.${name}.version`,
        message: `chart ${name} ${version} does not fit Istio ${istio}; remove it and set versions.istio, which moves charts, CRDs and images together`,
      });
    }
  }
  for (const name of ["pilot", "proxyv2"] as const) {
    const { tag } = images[name];
    const [theirs, ours] = [parse(tag), parse(istio)];
    if (theirs !== undefined && ours !== undefined && theirs.minor !== ours.minor) {
      problems.push({
        path: `versions.images.${name}.tag`,
        message: `image ${name} ${tag} does not fit Istio ${istio}; write a tag of 1.${ours.minor}, or set versions.istio`,
      });
    }
  }
  return problems;
}

/**
 * Istio 1.27 watches v1alpha2 pools only, 1.28 and later v1 only (pilot/pkg/config/kube/gateway/
 * inferencepool_collection.go of each release); before 1.27 there is no such collection.
 */
function istioAndPoolApi({ istio, inferencePoolApi }: VersionSet): Problem[] {
  const minor = parse(istio)?.minor;
  if (minor === undefined) {
    return [];
  }
  if (minor < 27) {
    return [
      {
        path: "versions.istio",
        message: `Istio ${istio} does not route to InferencePools (${inferencePoolApi}); write 1.27 or later`,
      },
    ];
  }
  const watched = minor === 27 ? V1ALPHA2 : V1;
  if (inferencePoolApi === watched) {
    return [];
  }
  const otherIstio = watched === V1ALPHA2 ? "1.28 or later" : "1.27.x";
  return [
    {
      path: "versions.inferencePoolApi",
      message: `Istio ${istio} watches ${watched} pools only and ignores ${inferencePoolApi}; write ${watched}, or set versions.istio to ${otherIstio}`,
    },
  ];
}

function istioAndGatewayApi({ istio, gatewayApi }: VersionSet): Problem[] {
  const minor = parse(istio)?.minor;
  const crds = parse(gatewayApi);
  if (minor === undefined || minor < 27 || crds === undefined) {
    return [];
  }
  const builtOn = GATEWAY_API_OF_ISTIO[minor];
  if (builtOn === undefined) {
    const known = Object.keys(GATEWAY_API_OF_ISTIO).map((known) => `1.${known}`);
    return [
      {
        path: "versions.istio",
        message: `Istio ${istio} is not in the table of releases known to fit a Gateway API (here ${gatewayApi}); write ${known.join(" or ")}`,
      },
    ];
  }
  if (`v${crds.major}.${crds.minor}` === builtOn) {
    return [];
  }
  return [
    {
      path: "versions.gatewayApi",
      message: `Gateway API ${gatewayApi} does not fit Istio ${istio}, which is built on ${builtOn}; write a ${builtOn} release, or set versions.istio`,
    },
  ];
}

/**
 * v1alpha2 pools went with v1.5.0 (config/crd/bases of v1.3.1 holds both kinds of inferencepools, that of v1.5.0 only
 * v1); v1 pools came with v1.0.0.
 */
function crdsAndPoolApi({ inferenceExtension, inferencePoolApi }: VersionSet): Problem[] {
  const crds = parse(inferenceExtension);
  if (crds === undefined) {
    return [];
  }
  if (inferencePoolApi === V1ALPHA2 && atLeast(crds, 1, 5)) {
    return [
      {
        path: "versions.inferenceExtension",
        message: `Inference Extension ${inferenceExtension} no longer ships the CRD of ${V1ALPHA2} pools; write v1.3.1, or set versions.inferencePoolApi to ${V1} with Istio 1.28 or later`,
      },
    ];
  }
  if (inferencePoolApi === V1 && !atLeast(crds, 1, 0)) {
    return [
      {
        path: "versions.inferenceExtension",
        message: `Inference Extension ${inferenceExtension} does not ship the CRD of ${V1} pools yet; write v1.0.0 or later`,
      },
    ];
  }
  return [];
}

/**
 * The endpoint picker watches the kinds of its own release, so CRDs may be newer but not older. The chart's flags are
 * those of the image released with it. v1.5.0 is the last release that carries the chart.
 */
function chartAndCrds({ inferenceExtension, inferencePoolApi, charts, images }: VersionSet): Problem[] {
  const { version } = charts.inferencepool;
  const chart = parse(version);
  const crds = parse(inferenceExtension);
  const image = images.epp.name === "epp" ? parse(images.epp.tag) : undefined;
  const problems: Problem[] = [];
  if (chart !== undefined && atLeast(chart, 1, 6)) {
    problems.push({
      path: "charts.overrides.inferencepool.version",
      message: `chart inferencepool ${version} does not exist: Inference Extension ${inferenceExtension} may be newer, but the chart ended with v1.5.0; write ${inferencePoolApi === V1 ? "v1.5.0" : "v1.3.1"}`,
    });
  } else if (chart !== undefined && crds !== undefined && older(crds, chart)) {
    problems.push({
      path: "charts.overrides.inferencepool.version",
      message: `chart inferencepool ${version} does not fit the CRDs of Inference Extension ${inferenceExtension}, which are older than its endpoint picker; write ${inferenceExtension}, or set versions.inferenceExtension to ${version}`,
    });
  }
  if (chart !== undefined && image !== undefined && (older(chart, image) || older(image, chart))) {
    problems.push({
      path: "versions.images.epp.tag",
      message: `endpoint picker image ${images.epp.tag} does not fit chart inferencepool ${version}, which sets the flags of its own release; write ${version}`,
    });
  }
  return problems;
}

/**
 * From v1.5.0 on the chart renders and the endpoint picker caches v1 pools whatever `inferencePool.apiVersion` and
 * `--pool-group` say (templates/inferencepool.yaml, pkg/epp/server/controller_manager.go); so does llm-d-router v0.10.0.
 */
function endpointPickerAndPoolApi({ inferenceExtension, inferencePoolApi, charts, images }: VersionSet): Problem[] {
  const problems: Problem[] = [];
  const { name, tag } = images.epp;
  if (name.endsWith(RETIRED_IMAGE)) {
    problems.push({
      path: "versions.images.epp.name",
      message: `image ${name} is no longer published and does not fit chart inferencepool ${charts.inferencepool.version}; write epp`,
    });
  }
  if (inferencePoolApi === V1) {
    return problems;
  }
  const { version } = charts.inferencepool;
  const chart = parse(version);
  // A chart that only follows the Inference Extension's version is put right together with its CRDs.
  const ownVersion = version !== inferenceExtension;
  if (ownVersion && chart !== undefined && atLeast(chart, 1, 5) && !atLeast(chart, 1, 6)) {
    problems.push({
      path: "charts.overrides.inferencepool.version",
      message: `chart inferencepool ${version} makes ${V1} pools only, not ${inferencePoolApi}; write v1.3.1`,
    });
  }
  if (name.endsWith(ROUTER_IMAGE)) {
    problems.push({
      path: "versions.images.epp.name",
      message: `image ${name} ${tag} reconciles ${V1} pools only, not ${inferencePoolApi}; write epp`,
    });
  }
  return problems;
}

/**
 * The inferencepool chart of v1.3.1 writes `inferenceExtension.failureMode` into v1alpha2 pools only; that of v1.5.0 writes
 * it into v1 pools (templates/inferencepool.yaml of each).
 */
export function checkFailureMode({ inferencePoolApi, charts }: VersionSet, failureMode?: string): Problem[] {
  const { version } = charts.inferencepool;
  const chart = parse(version);
  if (failureMode !== "FailOpen" || inferencePoolApi !== V1 || chart === undefined || atLeast(chart, 1, 4)) {
    return [];
  }
  return [
    {
      path: "endpointPicker.failureMode",
      message: `FailOpen is ignored by chart inferencepool ${version} for ${V1} pools; write FailClose, or set charts.overrides.inferencepool.version to v1.5.0`,
    },
  ];
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

/** The oldest and the newest Kubernetes minor that a release of Istio supports; undefined for one not looked at. */
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
  if (made === undefined || range === undefined || Number.isNaN(minor) || (minor >= range[0] && minor <= range[1])) {
    return [];
  }
  const nearest = minor < range[0] ? range[0] : range[1];
  const message = `Kubernetes ${made.version} does not fit Istio ${versions.istio}, which supports 1.${range[0]} to 1.${range[1]}; write 1.${nearest}`;
  return [{ path: made.setting, message }];
}

/** Major and minor of a version or tag; undefined for tags that are no versions, which are the user's to answer for. */
const parse = (version: string) => semver.parse(version) ?? undefined;

function atLeast(version: semver.SemVer, major: number, minor: number): boolean {
  return semver.gte(`${version.major}.${version.minor}.0`, `${major}.${minor}.0`);
}

function older(a: semver.SemVer, b: semver.SemVer): boolean {
  return !atLeast(a, b.major, b.minor);
}
