/**
 * The table of the programs that the embedded environment runs and how each is built. Their versions are pinned by
 * the Go modules in `modules/` (go.mod and go.sum) and by `envoy/requirements.txt`, and are repeated here only where a
 * program has to be told its own version at link time.
 */

import { KEDA_PATCHES } from "./kedaPatches";
import { type Change, PROMETHEUS_PATCHES, PROVIDER_PATCHES } from "./patches";

/** A folder of `modules/`: programs whose requirements fit together, so that they share compiled packages. */
export type GoModuleName = "cluster" | "serving" | "provider" | "monitoring" | "autoscaling" | "sandbox";

/** How the programs of one Go module are built. */
export interface GoModule {
  /** The module's own path, as in its go.mod. */
  readonly path: string;
  /** Build tags. Every program of the module gets them, so that its packages are compiled once. */
  readonly tags: readonly string[];
  /** String variables set at link time (`-X`), by their full name. One that a program does not have is ignored. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files copied out of a required module to stand beside the main package, which embeds them. */
  readonly embeds?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
  /** String variables of single programs, by import path: for what its programs would be told differently. */
  readonly programVariables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Changes of the pinned versions: mends of known faults, and what is left out of a program. */
  readonly patches?: readonly Change[];
}

const KUBERNETES = "1.33.4";
const KEDA = "2.17.1";

/** Where programs of the Prometheus project look for their own version. */
const PROMETHEUS_VERSION = "github.com/prometheus/common/version.Version";

/**
 * The modules, in the order in which they are built. No two of them can be one: Istio 1.27 needs Inference
 * Extension v0.5's API and the endpoint picker v1.3.1's, the Kubernetes provider does not compile against the Pulumi that
 * the CLI is built from, Prometheus and its operator need Kubernetes' client libraries 0.34, and the changes to KEDA are a
 * reason to build no program but it anew. `sandbox` is this repository's own code.
 */
export const GO_MODULES: Readonly<Record<GoModuleName, GoModule>> = {
  sandbox: { path: "llmd.local/toolchain/sandbox", tags: [], variables: {} },
  cluster: {
    path: "llmd.local/toolchain/cluster",
    // Istio's own release builds use these; no other program of the module has files that they select.
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
    tags: [],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "3.250.0" },
  },
  provider: {
    path: "llmd.local/toolchain/provider",
    tags: [],
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "4.18.1" },
    embeds: {
      module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      folder: "cmd/pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
    patches: PROVIDER_PATCHES,
  },
  monitoring: {
    path: "llmd.local/toolchain/monitoring",
    tags: [],
    variables: {},
    // Prometheus' Go module v0.308.1 is the release 3.8.1.
    programVariables: {
      "github.com/prometheus/prometheus/cmd/prometheus": { [PROMETHEUS_VERSION]: "3.8.1" },
      "github.com/prometheus/prometheus/cmd/promtool": { [PROMETHEUS_VERSION]: "3.8.1" },
      "github.com/prometheus-operator/prometheus-operator/cmd/operator": { [PROMETHEUS_VERSION]: "0.85.0" },
      "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader": {
        [PROMETHEUS_VERSION]: "0.85.0",
      },
      "k8s.io/kube-state-metrics/v2": { [PROMETHEUS_VERSION]: "v2.15.0" },
    },
    patches: PROMETHEUS_PATCHES,
  },
  autoscaling: {
    path: "llmd.local/toolchain/autoscaling",
    tags: [],
    variables: { "github.com/kedacore/keda/v2/version.Version": KEDA },
    patches: KEDA_PATCHES,
  },
};

/** A program built from Go source. */
export interface GoTool {
  readonly name: string;
  readonly module: GoModuleName;
  /** Import path of its main package. */
  readonly package: string;
  /**
   * Seconds that a cold build took on 2 cores, packages that a program before it in this table had compiled left out.
   * Only the estimate of the time left uses it, and scales it by the speed seen.
   */
  readonly typicalSeconds: number;
}

/** Every Go program; within a module, in the order in which they are built. */
export const GO_TOOLS = [
  { name: "pod-sandbox", module: "sandbox", package: "llmd.local/toolchain/sandbox", typicalSeconds: 15 },
  { name: "etcd", module: "cluster", package: "go.etcd.io/etcd/server/v3", typicalSeconds: 40 },
  { name: "kube-apiserver", module: "cluster", package: "k8s.io/kubernetes/cmd/kube-apiserver", typicalSeconds: 175 },
  {
    name: "kube-controller-manager",
    module: "cluster",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
    typicalSeconds: 55,
  },
  { name: "kube-scheduler", module: "cluster", package: "k8s.io/kubernetes/cmd/kube-scheduler", typicalSeconds: 5 },
  { name: "kwok", module: "cluster", package: "sigs.k8s.io/kwok/cmd/kwok", typicalSeconds: 15 },
  {
    name: "pilot-discovery",
    module: "cluster",
    package: "istio.io/istio/pilot/cmd/pilot-discovery",
    typicalSeconds: 120,
  },
  { name: "pilot-agent", module: "cluster", package: "istio.io/istio/pilot/cmd/pilot-agent", typicalSeconds: 10 },
  {
    name: "epp",
    module: "serving",
    package: "sigs.k8s.io/gateway-api-inference-extension/cmd/epp",
    typicalSeconds: 90,
  },
  {
    name: "llm-d-inference-sim",
    module: "serving",
    package: "github.com/llm-d/llm-d-inference-sim/cmd/llm-d-inference-sim",
    typicalSeconds: 55,
  },
  { name: "pulumi", module: "serving", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", typicalSeconds: 250 },
  {
    name: "pulumi-resource-kubernetes",
    module: "provider",
    package: "llmd.local/toolchain/provider",
    typicalSeconds: 300,
  },
  {
    name: "kube-state-metrics",
    module: "monitoring",
    package: "k8s.io/kube-state-metrics/v2",
    typicalSeconds: 100,
  },
  {
    name: "prometheus-operator",
    module: "monitoring",
    package: "github.com/prometheus-operator/prometheus-operator/cmd/operator",
    typicalSeconds: 40,
  },
  {
    name: "prometheus-config-reloader",
    module: "monitoring",
    package: "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader",
    typicalSeconds: 5,
  },
  {
    name: "prometheus",
    module: "monitoring",
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    typicalSeconds: 60,
  },
  {
    name: "promtool",
    module: "monitoring",
    package: "github.com/prometheus/prometheus/cmd/promtool",
    typicalSeconds: 10,
  },
  { name: "keda", module: "autoscaling", package: "github.com/kedacore/keda/v2/cmd/operator", typicalSeconds: 60 },
  {
    name: "keda-metrics-apiserver",
    module: "autoscaling",
    package: "github.com/kedacore/keda/v2/cmd/adapter",
    typicalSeconds: 10,
  },
] as const satisfies readonly GoTool[];

/** Seconds that fetching the wheel of Envoy took. */
export const ENVOY_TYPICAL_SECONDS = 10;

export type GoToolName = (typeof GO_TOOLS)[number]["name"];

/** Every program of the toolchain. */
export type ToolName = GoToolName | "envoy";

export const TOOL_NAMES: readonly ToolName[] = [...GO_TOOLS.map((tool) => tool.name), "envoy"];

/** The Go programs of one module, in the order in which they are built. */
export function toolsOf(module: GoModuleName): readonly (GoTool & { name: GoToolName })[] {
  return GO_TOOLS.filter((tool) => tool.module === module);
}

/** The flags of `go build` and `go list` that decide what is compiled; they are part of a program's key. */
export function buildFlags(module: GoModule): string[] {
  const link = (variables: Readonly<Record<string, string>>) =>
    ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
  return [
    "-trimpath",
    "-buildvcs=false",
    // Debugging tables are dropped when a program is linked (-s -w). Not making them at all took 13 % off the compiler's
    // time and 22 % off the build cache (measured on etcd, Go 1.26).
    "-gcflags=all=-dwarf=false",
    ...(module.tags.length > 0 ? [`-tags=${module.tags.join(",")}`] : []),
    `-ldflags=${link(module.variables)}`,
    // For the packages that they name, later flags replace the one before.
    ...Object.entries(module.programVariables ?? {}).map(
      ([program, variables]) => `-ldflags=${program}=${link({ ...module.variables, ...variables })}`,
    ),
  ];
}

/** The name that `go build -o FOLDER/` gives a program: the import path's last part that is not a major version. */
export function executableName(importPath: string): string {
  const parts = importPath.split("/");
  const last = parts.at(-1) ?? "";
  return /^v[2-9][0-9]*$|^v1[0-9]+$/.test(last) ? (parts.at(-2) ?? last) : last;
}
