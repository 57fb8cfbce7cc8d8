import * as z from "zod";
import {
  applies,
  chartValues,
  choice,
  dnsLabel,
  field,
  flag,
  onlyWith,
  SUBDOMAIN,
  text,
  wholeNumber,
} from "../../settings/fields";

/** Who installs the GPU operator. */
export const GPU_OPERATORS = ["helm", "olm", "preinstalled"] as const;
export type GpuOperatorKind = (typeof GPU_OPERATORS)[number];

/** Sources of the node labels that mark GPU nodes on OpenShift. */
export const NFD_SOURCES = ["operator", "existing", "labels"] as const;

/** Channels of OLM catalogs: `stable`, `v26.3` and the like. */
const CHANNEL = /^[a-z0-9][a-z0-9.-]*$/;

/** Name of a ClusterServiceVersion: package, `.v` and version. */
const CSV = /^[a-z0-9][a-z0-9-]*\.v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Layouts of the MIG manager's generated configuration: `all-1g.5gb`, `all-balanced`, `all-enabled`. */
const MIG_LAYOUT = /^all-[a-z0-9.+]+$/;

/** Settings of an operator that this program installs. */
const INSTALLED = onlyWith("gpu.operator", ["helm", "olm"]);

const part = (what: string) =>
  applies(
    choice(
      ["auto", "on", "off"],
      `Whether the operator installs the ${what} on GPU nodes. auto means off if the node image includes it (EKS, the embedded environment), otherwise on.`,
    ),
    INSTALLED,
  ).default("auto");

const mig = field(
  z.strictObject({
    strategy: choice(
      ["none", "single", "mixed"],
      "How slices are advertised: none (GPUs are not divided), single (slices as nvidia.com/gpu) or mixed (slices as nvidia.com/mig-...).",
    ).default("none"),
    layout: applies(
      text(
        MIG_LAYOUT,
        "MIG layout of all GPUs on nodes without the label nvidia.com/mig.config. Default: GPUs are not divided.",
        "a layout of the MIG manager such as all-1g.5gb",
      ),
      // A separate rule refuses a layout with strategy mixed.
      onlyWith("./strategy", ["single"], ["mixed"]),
    ).optional(),
  }),
  { description: "Multi-Instance GPU: one GPU divided into slices.", expected: "an object with strategy and layout" },
);

const timeSlicing = field(
  z.strictObject({
    replicas: wholeNumber(
      2,
      48,
      "How many pods share one GPU. They take turns, and no pod has reserved memory.",
      "pods",
    ),
    failRequestsGreaterThanOne: flag(
      "Refuse pods that request more than one share. A second share gives them no more GPU time.",
    ).default(true),
  }),
  {
    description: "Lets several pods share a GPU. Default: each GPU belongs to one pod.",
    expected: "an object with replicas",
  },
);

const olm = field(
  z.strictObject({
    channel: text(
      CHANNEL,
      "Channel of the package gpu-operator-certified.",
      "a channel such as stable or v26.3",
    ).default("stable"),
    approval: choice(
      ["Automatic", "Manual"],
      "Automatic: OLM upgrades within the channel. Manual: the program approves only the install plan of startingCSV.",
    ).default("Automatic"),
    startingCSV: text(
      CSV,
      "Version to install. Required with approval Manual. Default: the newest of the channel.",
      "the name of a ClusterServiceVersion such as gpu-operator-certified.v26.3.3",
    ).optional(),
    source: dnsLabel(63, "Catalog source of the operator.").default("certified-operators"),
    sourceNamespace: dnsLabel(63, "Namespace of the catalog sources.").default("openshift-marketplace"),
    driverToolkit: flag(
      "Build the driver with the Driver Toolkit of OpenShift. Without it, nodes need an entitlement for kernel packages.",
    ).default(true),
    nfd: choice(
      NFD_SOURCES,
      "Source of node labels: operator (the program installs Node Feature Discovery), existing (it is already installed) or labels (the program sets the three labels on the nodes in gpu.olm.nodes).",
    ).default("operator"),
    nfdChannel: text(CHANNEL, "Channel of the package nfd.", "a channel such as stable").default("stable"),
    nfdSource: dnsLabel(63, "Catalog source of Node Feature Discovery.").default("redhat-operators"),
    nodes: applies(
      field(z.array(text(SUBDOMAIN, "Name of one node.", "the name of a node, see `oc get nodes`")), {
        description: "Names of the GPU nodes.",
        expected: "a list of node names",
      }),
      onlyWith("./nfd", ["labels"]),
    ).default([]),
  }),
  { description: "The operator from the catalog of OpenShift.", expected: "an object of OLM settings" },
);

const smokeTest = field(
  z.strictObject({
    enabled: flag("Run nvidia-smi on one GPU of each group of GPU nodes before models are made.").default(true),
    image: text(
      /^[a-z0-9][A-Za-z0-9._:/@-]*$/,
      "Image of the test. It must include a shell. Default: versions.images.cuda.",
      "a full image reference with a tag",
    ).optional(),
    timeoutSeconds: wholeNumber(30, 3600, "How long a test may take, its image included.", "seconds").default(600),
  }),
  { description: "Tests that a pod gets a working GPU.", expected: "an object with enabled and image" },
);

/** The GPU operator, and how long to wait for GPUs. */
export const gpuSchema = field(
  z.strictObject({
    operator: choice(
      GPU_OPERATORS,
      "Who installs the NVIDIA GPU Operator: helm (the program, from its chart), olm (the program, from the catalog of OpenShift) or preinstalled (somebody else; the program checks it). Default: helm on eks and local, olm on openshift, preinstalled on existing.",
    ).optional(),
    driver: part("NVIDIA driver"),
    toolkit: part("NVIDIA container toolkit"),
    mig: applies(mig, INSTALLED).prefault({}),
    timeSlicing: applies(timeSlicing, INSTALLED).optional(),
    olm: applies(olm, onlyWith("gpu.operator", ["olm"])).prefault({}),
    values: applies(
      chartValues(
        "Merged over the values of the gpu-operator chart (helm) or the spec of the ClusterPolicy (olm). For options without a setting.",
      ),
      INSTALLED,
    ).default({}),
    gpusPerNode: wholeNumber(
      1,
      448,
      "GPUs, shares or slices that each GPU node must advertise. Default: the number of the instance type (eks, local), otherwise at least one.",
      "GPUs",
    ).optional(),
    readinessTimeoutSeconds: wholeNumber(
      10,
      7200,
      "How long to wait until all GPU nodes advertise their GPUs. Includes the time to compile a driver.",
      "seconds",
    ).default(1800),
    smokeTest: smokeTest.prefault({}),
  }),
  {
    description: "The NVIDIA GPU Operator, which advertises the GPUs of nodes to Kubernetes.",
    expected: "an object of GPU settings",
  },
);

/** GPU settings as the schema gives them, without the defaults of the platform. */
export type ParsedGpu = z.output<typeof gpuSchema>;

/** GPU settings with the defaults of the platform. Described in docs/configuration.md. */
export interface GpuConfig extends Omit<ParsedGpu, "operator" | "driver" | "toolkit"> {
  readonly operator: GpuOperatorKind;
  /** Whether the operator installs the driver. */
  readonly driver: boolean;
  /** Whether the operator installs the container toolkit. */
  readonly toolkit: boolean;
}
