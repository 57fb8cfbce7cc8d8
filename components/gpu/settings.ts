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

/** Who installs what makes GPUs known to Kubernetes. */
export const GPU_OPERATORS = ["helm", "olm", "preinstalled"] as const;
export type GpuOperatorKind = (typeof GPU_OPERATORS)[number];

/** Where OpenShift learns which nodes have a GPU from. */
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
      `Whether the operator installs the ${what} on GPU nodes. auto: off where the nodes' image has it (EKS, the embedded environment), on elsewhere.`,
    ),
    INSTALLED,
  ).default("auto");

const mig = field(
  z.strictObject({
    strategy: choice(
      ["none", "single", "mixed"],
      "How GPUs that are divided are advertised: none (they are not divided), single (slices as nvidia.com/gpu) or mixed (slices as nvidia.com/mig-...).",
    ).default("none"),
    layout: applies(
      text(
        MIG_LAYOUT,
        "Layout that the MIG manager gives all GPUs of a node without the label nvidia.com/mig.config. Default: GPUs stay whole.",
        "a layout of the MIG manager such as all-1g.5gb",
      ),
      // A layout with strategy mixed is refused by a rule of its own.
      onlyWith("./strategy", ["single"], ["mixed"]),
    ).optional(),
  }),
  { description: "Multi-Instance GPU: one GPU divided into slices.", expected: "an object with strategy and layout" },
);

const timeSlicing = field(
  z.strictObject({
    replicas: wholeNumber(2, 48, "How many pods share one GPU, in turns and without memory of their own.", "pods"),
    failRequestsGreaterThanOne: flag(
      "Refuse pods that ask for more than one share, which would not give them more of a GPU.",
    ).default(true),
  }),
  {
    description: "Let several pods share a GPU. Default: each GPU belongs to one pod.",
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
      "Automatic: OLM upgrades within the channel. Manual: it stays at startingCSV, whose install plan the program approves, and no other.",
    ).default("Automatic"),
    startingCSV: text(
      CSV,
      "Version that is installed. Required with approval Manual. Default: the newest of the channel.",
      "the name of a ClusterServiceVersion such as gpu-operator-certified.v26.3.3",
    ).optional(),
    source: dnsLabel(63, "Catalog source of the operator.").default("certified-operators"),
    sourceNamespace: dnsLabel(63, "Namespace of the catalog sources.").default("openshift-marketplace"),
    driverToolkit: flag(
      "Build the driver in OpenShift's Driver Toolkit. Without it nodes need an entitlement for kernel packages.",
    ).default(true),
    nfd: choice(
      NFD_SOURCES,
      "Where node labels come from: operator (the program installs Node Feature Discovery), existing (it is there) or labels (the program sets the three labels itself, on the nodes in gpu.olm.nodes).",
    ).default("operator"),
    nfdChannel: text(CHANNEL, "Channel of the package nfd.", "a channel such as stable").default("stable"),
    nfdSource: dnsLabel(63, "Catalog source of Node Feature Discovery.").default("redhat-operators"),
    nodes: applies(
      field(z.array(text(SUBDOMAIN, "Name of one node.", "the name of a node, see `oc get nodes`")), {
        description: "GPU nodes, by name.",
        expected: "a list of names of nodes",
      }),
      onlyWith("./nfd", ["labels"]),
    ).default([]),
  }),
  { description: "The operator from OpenShift's catalog.", expected: "an object of OLM settings" },
);

const smokeTest = field(
  z.strictObject({
    enabled: flag("Run nvidia-smi on one GPU of each group of GPU nodes before models are made.").default(true),
    image: text(
      /^[a-z0-9][A-Za-z0-9._:/@-]*$/,
      "Image of the test; it needs a shell. Default: versions.images.cuda.",
      "the whole reference of an image with its tag",
    ).optional(),
    timeoutSeconds: wholeNumber(30, 3600, "How long a test may take, its image included.", "seconds").default(600),
  }),
  { description: "The test that a pod gets a working GPU.", expected: "an object with enabled and image" },
);

/** Everything about what makes GPUs known to Kubernetes. */
export const gpuSchema = field(
  z.strictObject({
    operator: choice(
      GPU_OPERATORS,
      "Who installs the NVIDIA GPU Operator: helm (the program, its chart), olm (the program, from OpenShift's catalog) or preinstalled (somebody else; checked). Default: helm on eks and local, olm on openshift, preinstalled on existing.",
    ).optional(),
    driver: part("NVIDIA driver"),
    toolkit: part("NVIDIA container toolkit"),
    mig: applies(mig, INSTALLED).prefault({}),
    timeSlicing: applies(timeSlicing, INSTALLED).optional(),
    olm: applies(olm, onlyWith("gpu.operator", ["olm"])).prefault({}),
    values: applies(
      chartValues(
        "Merged last over the values of the gpu-operator chart (helm) or over the ClusterPolicy's spec (olm), for what no setting covers.",
      ),
      INSTALLED,
    ).default({}),
    gpusPerNode: wholeNumber(
      1,
      448,
      "GPUs, shares or slices that each GPU node has to advertise. Default: what the instance type has (eks, local), else at least one.",
      "GPUs",
    ).optional(),
    readinessTimeoutSeconds: wholeNumber(
      10,
      7200,
      "How long to wait until all GPU nodes advertise their GPUs. A driver is compiled in that time.",
      "seconds",
    ).default(1800),
    smokeTest: smokeTest.prefault({}),
  }),
  {
    description: "What makes the GPUs of nodes known to Kubernetes: the NVIDIA GPU Operator.",
    expected: "an object of GPU settings",
  },
);

/** GPU settings as the schema gives them: what follows from the platform is not yet resolved. */
export type ParsedGpu = z.output<typeof gpuSchema>;

/** GPU settings with what follows from the platform filled in. Described in docs/configuration.md. */
export interface GpuConfig extends Omit<ParsedGpu, "operator" | "driver" | "toolkit"> {
  readonly operator: GpuOperatorKind;
  /** Whether the operator installs the driver. */
  readonly driver: boolean;
  /** Whether the operator installs the container toolkit. */
  readonly toolkit: boolean;
}
