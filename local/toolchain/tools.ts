/**
 * The programs that the embedded environment runs, and how each is built. The Go modules in `modules/` (go.mod and
 * go.sum) and `envoy/requirements.txt` pin their versions. A version is repeated here only when it is set in the program
 * at link time.
 */

import { KEDA_PATCHES } from "./kedaPatches";
import { type Change, PROMETHEUS_PATCHES, PROVIDER_PATCHES } from "./patches";

/** A folder of `modules/`: programs whose requirements are compatible, so they share compiled packages. */
export type GoModuleName = "cluster" | "serving" | "provider" | "monitoring" | "autoscaling" | "sandbox";

/** How the programs of one Go module are built. */
export interface GoModule {
  /** The module's own path, as in its go.mod. */
  readonly path: string;
  /** Build tags. Every program of the module gets all of them, so that its packages are compiled once. */
  readonly tags?: readonly string[];
  /** String variables set at link time (`-X`), by full name. A variable that a program does not have is ignored. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files copied from a required module into the folder of the main package, which embeds them. */
  readonly embeds?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
  /** String variables of single programs, by import path, when the programs of the module need different values. */
  readonly programVariables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Changes of the pinned versions: fixes of known faults, and packages that are left out. */
  readonly patches?: readonly Change[];
  /** The measured size of the required modules, without those that an earlier module of the list requires. */
  readonly megabytes: { readonly download: number; readonly sources: number };
}

const KUBERNETES = "1.33.4";
const KEDA = "2.17.1";

/** The variable from which programs of the Prometheus project read their own version. */
const PROMETHEUS_VERSION = "github.com/prometheus/common/version.Version";
const PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator";

/**
 * The modules, in build order. No two of them can be merged:
 * - Istio 1.27 needs the API of Inference Extension v0.5, and the endpoint picker that of v1.3.1.
 * - A change of the provider's pins or patches must rebuild the provider only. Its go.mod pins what that of `serving` pins,
 *   so that packages of both are compiled once all the same.
 * - Prometheus and its operator need Kubernetes' client libraries 0.34.
 * - A change of KEDA's patches must rebuild KEDA only.
 *
 * `sandbox` is this repository's own code.
 */
export const GO_MODULES: Readonly<Record<GoModuleName, GoModule>> = {
  sandbox: { path: "llmd.local/toolchain/sandbox", variables: {}, megabytes: { download: 2, sources: 12 } },
  cluster: {
    path: "llmd.local/toolchain/cluster",
    megabytes: { download: 179, sources: 772 },
    // Istio's own release builds use these. No other program of the module has files with these tags.
    tags: ["vtprotobuf", "disable_pgv"],
    variables: {
      "k8s.io/component-base/version.gitVersion": `v${KUBERNETES}`,
      "k8s.io/component-base/version.gitMajor": KUBERNETES.split(".")[0] ?? "",
      "k8s.io/component-base/version.gitMinor": KUBERNETES.split(".")[1] ?? "",
      "istio.io/istio/pkg/version.buildVersion": "1.27.9",
      "sigs.k8s.io/kwok/pkg/consts.Version": "v0.7.0",
    },
  },
  serving: {
    path: "llmd.local/toolchain/serving",
    megabytes: { download: 510, sources: 1698 },
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "3.250.0" },
  },
  provider: {
    path: "llmd.local/toolchain/provider",
    megabytes: { download: 19, sources: 120 },
    // The commit that go.mod pins is the one that the tag v4.25.0 names.
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "4.25.0" },
    embeds: {
      module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      folder: "cmd/pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
    patches: PROVIDER_PATCHES,
  },
  monitoring: {
    path: "llmd.local/toolchain/monitoring",
    megabytes: { download: 178, sources: 790 },
    variables: {},
    // Version v0.308.1 of Prometheus' Go module is the release 3.8.1.
    programVariables: {
      "github.com/prometheus/prometheus/cmd/prometheus": { [PROMETHEUS_VERSION]: "3.8.1" },
      "github.com/prometheus/prometheus/cmd/promtool": { [PROMETHEUS_VERSION]: "3.8.1" },
      [`${PROMETHEUS_OPERATOR}/cmd/operator`]: { [PROMETHEUS_VERSION]: "0.85.0" },
      [`${PROMETHEUS_OPERATOR}/cmd/prometheus-config-reloader`]: { [PROMETHEUS_VERSION]: "0.85.0" },
      "k8s.io/kube-state-metrics/v2": { [PROMETHEUS_VERSION]: "v2.15.0" },
    },
    patches: PROMETHEUS_PATCHES,
  },
  autoscaling: {
    path: "llmd.local/toolchain/autoscaling",
    megabytes: { download: 5, sources: 20 },
    variables: { "github.com/kedacore/keda/v2/version.Version": KEDA },
    patches: KEDA_PATCHES,
  },
};

/**
 * How a program is built, and what that was measured to take: the import path of the main package, the seconds on 2 cores, the
 * MB of the program, and the MB of compiled packages. Seconds and packages leave out what an earlier program compiles.
 */
type Program = readonly [main: string, typicalSeconds: number, program: number, compiled: number];

/** The Go programs of each module, in build order. */
const PROGRAMS = {
  sandbox: { "pod-sandbox": ["llmd.local/toolchain/sandbox", 15, 4, 45] },
  cluster: {
    etcd: ["go.etcd.io/etcd/server/v3", 40, 26, 210],
    "kube-apiserver": ["k8s.io/kubernetes/cmd/kube-apiserver", 175, 101, 1711],
    "kube-controller-manager": ["k8s.io/kubernetes/cmd/kube-controller-manager", 55, 93, 548],
    "kube-scheduler": ["k8s.io/kubernetes/cmd/kube-scheduler", 5, 71, 16],
    kwok: ["sigs.k8s.io/kwok/cmd/kwok", 15, 67, 79],
    "pilot-discovery": ["istio.io/istio/pilot/cmd/pilot-discovery", 120, 112, 895],
    "pilot-agent": ["istio.io/istio/pilot/cmd/pilot-agent", 10, 29, 20],
  },
  serving: {
    epp: ["sigs.k8s.io/gateway-api-inference-extension/cmd/epp", 90, 58, 855],
    "llm-d-inference-sim": ["github.com/llm-d/llm-d-inference-sim/cmd/llm-d-inference-sim", 55, 54, 279],
    pulumi: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", 250, 113, 1050],
  },
  provider: { "pulumi-resource-kubernetes": ["llmd.local/toolchain/provider", 50, 95, 278] },
  monitoring: {
    "kube-state-metrics": ["k8s.io/kube-state-metrics/v2", 100, 53, 699],
    "prometheus-operator": [`${PROMETHEUS_OPERATOR}/cmd/operator`, 40, 64, 173],
    "prometheus-config-reloader": [`${PROMETHEUS_OPERATOR}/cmd/prometheus-config-reloader`, 5, 44, 2],
    prometheus: ["github.com/prometheus/prometheus/cmd/prometheus", 60, 71, 145],
    promtool: ["github.com/prometheus/prometheus/cmd/promtool", 10, 61, 8],
  },
  autoscaling: {
    keda: ["github.com/kedacore/keda/v2/cmd/operator", 60, 61, 94],
    "keda-metrics-apiserver": ["github.com/kedacore/keda/v2/cmd/adapter", 10, 75, 33],
  },
} as const satisfies Record<GoModuleName, Record<string, Program>>;

type GoToolName = { [M in GoModuleName]: keyof (typeof PROGRAMS)[M] }[GoModuleName];

/** A program built from Go source. */
export interface GoTool {
  readonly name: GoToolName;
  readonly module: GoModuleName;
  /** Import path of its main package. */
  readonly package: string;
  /** Seconds that a build of it takes on 2 cores. */
  readonly typicalSeconds: number;
  /** The measured size of the program, and of the packages that are compiled for it. */
  readonly megabytes: { readonly program: number; readonly compiled: number };
}

/** The Go programs of one module, in build order. */
export function toolsOf(module: GoModuleName): GoTool[] {
  const programs = Object.entries(PROGRAMS[module]) as [GoToolName, Program][];
  return programs.map(([name, [main, typicalSeconds, program, compiled]]) => ({
    ...{ name, module, package: main, typicalSeconds },
    megabytes: { program, compiled },
  }));
}

/** The modules' names, in build order. */
export const GO_MODULE_NAMES = Object.keys(GO_MODULES) as GoModuleName[];

/** Every Go program, in build order. */
export const GO_TOOLS: readonly GoTool[] = GO_MODULE_NAMES.flatMap(toolsOf);

/** What the download of Envoy's wheel took. The wheel is deleted. */
export const ENVOY = { typicalSeconds: 10, megabytes: { download: 30, program: 86 } } as const;

/** Every program of the toolchain. */
export type ToolName = GoToolName | "envoy";

/** The names of all programs: the Go programs in build order, and Envoy. */
export const TOOL_NAMES: readonly ToolName[] = [...GO_TOOLS.map((tool) => tool.name), "envoy"];

/** The flags of `go build` and `go list` that decide what is compiled. They are part of a program's key. */
export function buildFlags(module: GoModule): string[] {
  const link = (variables: Readonly<Record<string, string>>) =>
    ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
  return [
    "-trimpath",
    "-buildvcs=false",
    // The linker drops the debugging tables (-s -w). Not generating them makes the compiler 13 % faster and the build
    // cache 22 % smaller (measured on etcd, Go 1.26).
    "-gcflags=all=-dwarf=false",
    ...(module.tags === undefined ? [] : [`-tags=${module.tags.join(",")}`]),
    `-ldflags=${link(module.variables)}`,
    // A later flag replaces an earlier one for the package that it names.
    ...Object.entries(module.programVariables ?? {}).map(
      ([program, variables]) => `-ldflags=${program}=${link({ ...module.variables, ...variables })}`,
    ),
  ];
}

/** The file name that `go build -o FOLDER/` chooses: the last part of the import path that is not a major version. */
export function executableName(importPath: string): string {
  const parts = importPath.split("/");
  const last = parts.at(-1) ?? "";
  return /^v[2-9][0-9]*$|^v1[0-9]+$/.test(last) ? (parts.at(-2) ?? last) : last;
}
