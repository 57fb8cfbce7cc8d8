import * as z from "zod";
import { CHART_NAMES, type ChartName, DEFAULT_LANE, IMAGE_NAMES, type ImageName, LANES, type Lane } from "./versions";
import { autoscalingSchema } from "../components/autoscaling/settings";
import { awsSchema } from "./platforms/eks/settings";
import { bytes, chartValues, choice, cpu, dnsLabel, field, flag, oneOf, text, wholeNumber } from "../settings/fields";
import { EXACT_VERSION } from "../settings/fields";
import { gatewaySchema } from "../components/gateway/settings";
import { gpuSchema } from "../components/gpu/settings";
import { kubernetesSchema } from "./platforms/kubernetesSettings";
import { modelSchema } from "../components/serving/settings";
import { openshiftSchema } from "./platforms/openshift/settings";
import { monitoringSchema } from "../monitoring/settings";
import { validationSchema } from "../validation/settings";

/** Platforms that this version provisions. */
export const PLATFORMS = ["local", "existing", "openshift", "eks"] as const;

/** The same optional object for each of a fixed set of names. */
function byName<K extends string, T extends z.ZodType>(names: readonly K[], schema: T): z.ZodObject<Record<K, T>> {
  return z.strictObject(Object.fromEntries(names.map((name) => [name, schema])) as Record<K, T>);
}

const weight = (description: string) => wholeNumber(0, 100, description, "weight");

const endpointPicker = field(
  z.strictObject({
    replicas: wholeNumber(1, 5, "Replicas of the endpoint picker. One is active, the others stand by.", "pods").default(
      1,
    ),
    failureMode: choice(
      ["FailClose", "FailOpen"],
      "What the gateway does while no endpoint picker answers: refuse requests, or send those to any replica whose body has not been sent on yet, which on Istio 1.27 are few (docs/faults.md).",
    ).default("FailClose"),
    weights: field(
      z.strictObject({
        prefixCache: weight("Weight of the share of the prompt that a replica has probably cached.").default(6),
        queue: weight("Weight of a short queue.").default(4),
        kvCacheUtilization: weight("Weight of free KV cache.").default(2),
        runningRequests: weight("Weight of few requests at work.").default(1),
      }),
      { description: "How much each scorer counts.", expected: "an object of weights" },
    ).prefault({}),
    prefixCache: field(
      z.strictObject({
        maxPrefixBlocksToMatch: wholeNumber(
          1,
          100_000,
          "Blocks of a prompt that are compared; what comes after them does not count.",
          "blocks",
        ).default(2048),
        lruCapacityPerServer: wholeNumber(
          1,
          100_000_000,
          "Blocks that the index remembers for each replica, where the replica does not report its own number.",
          "blocks",
        ).default(31_250),
        autoTune: flag("Take block size and capacity from what the replicas report, where they do.").default(true),
      }),
      {
        description: "The endpoint picker's index of routed prefixes.",
        expected: "an object of prefix index settings",
      },
    ).prefault({}),
    logVerbosity: wholeNumber(0, 5, "Verbosity of the endpoint picker's log (its --v flag).", "level").default(1),
    drainSeconds: wholeNumber(
      0,
      600,
      "How long an endpoint picker that is replaced goes on with the requests that it has under way; 30 seconds more, and it cuts them off. Above 0 it takes Kubernetes 1.30. Below 30 an update that replaces istiod too may lose requests, and at 0, which ends it at once, every update does.",
      "seconds",
    ).default(60),
  }),
  { description: "The endpoint picker (EPP) of every model.", expected: "an object of endpoint picker settings" },
);

const istio = field(
  z.strictObject({
    pilot: field(
      z.strictObject({
        replicas: wholeNumber(1, 10, "Replicas of istiod.", "pods").default(1),
        resources: field(
          z.strictObject({
            cpu: cpu("CPU requested for each replica.").default("500m"),
            memory: bytes("Memory requested for each replica.").default("2Gi"),
          }),
          { description: "What each replica of istiod requests.", expected: "an object with cpu and memory" },
        ).prefault({}),
      }),
      { description: "Istio's control plane.", expected: "an object of istiod settings" },
    ).prefault({}),
    values: chartValues("Merged over the values of the istiod chart, for what no setting covers.").default({}),
  }),
  { description: "The Istio installation.", expected: "an object of Istio settings" },
);

const chartOverride = field(
  z.strictObject({
    chart: text(
      /^(oci:\/\/\S+|\.{0,2}\/?[^\s:]+)$/,
      "The chart itself: a folder, a .tgz file, an oci:// reference, or another name in the repository.",
      "a folder, a .tgz file, an oci:// reference or a chart's name",
    ).optional(),
    repository: text(
      /^(https?|oci):\/\/\S+$/,
      "Another repository to take the chart from.",
      "an https:// chart repository or an oci:// prefix",
    ).optional(),
    version: text(EXACT_VERSION, "Another version of the chart.", "an exact version such as 1.27.9").optional(),
  }),
  { description: "Where this chart comes from instead.", expected: "an object with chart, repository or version" },
);

const charts = field(
  z.strictObject({
    mirror: text(
      /^(oci:\/\/[^\s/]+(\/[^\s/]+)*\/?|(?![A-Za-z][A-Za-z0-9+.-]+:\/\/).+)$/,
      "Where all charts and CRDs come from on sites without internet: an oci:// prefix, or a folder that holds NAME-VERSION.tgz or NAME/ for each.",
      "an oci:// prefix or the path of a folder",
    ).optional(),
    overrides: field(byName<ChartName, z.ZodPrefault<typeof chartOverride>>(CHART_NAMES, chartOverride.prefault({})), {
      description: "Another source for single charts.",
      expected: `an object keyed by ${oneOf(CHART_NAMES)}`,
    }).prefault({}),
  }),
  { description: "Where Helm charts and CRDs come from.", expected: "an object with mirror or overrides" },
);

const imageOverride = field(
  z.strictObject({
    hub: text(
      /^[a-z0-9][A-Za-z0-9._:/-]*$/,
      "Registry and path.",
      "a registry and path such as registry.example.com/istio",
    ).optional(),
    name: text(/^[a-z0-9][a-z0-9._/-]*$/, "Name of the image.", "an image's name").optional(),
    tag: text(
      /^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
      "Tag of the image.",
      'an exact tag, not "latest"',
    ).optional(),
    digest: text(
      /^sha256:[0-9a-f]{64}$/,
      "Digest that pins the image.",
      "sha256: followed by 64 hexadecimal digits",
    ).optional(),
  }),
  { description: "Another image.", expected: "an object with hub, name, tag or digest" },
);

const versions = field(
  z.strictObject({
    istio: text(
      /^1\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
      "Version of Istio.",
      "an exact version without v such as 1.27.9",
    ).optional(),
    gatewayApi: text(
      /^v\d+\.\d+\.\d+$/,
      "Version of the Gateway API's CRDs.",
      "an exact version with v such as v1.3.0",
    ).optional(),
    inferenceExtension: text(
      /^v\d+\.\d+\.\d+$/,
      "Version of the Inference Extension: its CRDs and the endpoint picker's chart and image.",
      "an exact version with v such as v1.3.1",
    ).optional(),
    inferencePoolApi: choice(
      ["inference.networking.x-k8s.io/v1alpha2", "inference.networking.k8s.io/v1"],
      "API of the InferencePool objects; it has to be the one that Istio watches.",
    ).optional(),
    images: field(byName<ImageName, z.ZodPrefault<typeof imageOverride>>(IMAGE_NAMES, imageOverride.prefault({})), {
      description: "Other images, or digests for them.",
      expected: `an object keyed by ${oneOf(IMAGE_NAMES)}`,
    }).prefault({}),
  }),
  {
    description: "Versions that differ from the lane's. What does not fit together is refused.",
    expected: "an object of versions",
  },
);

const LANE_NAMES = Object.keys(LANES) as [Lane, ...Lane[]];

/**
 * The whole configuration but for the token, which is never part of a value that could be printed.
 * Its keys are the keys of `Pulumi.yaml`, under the project's namespace `llm-d:`.
 */
export const environmentSchema = z.strictObject({
  platform: choice(PLATFORMS, "What the environment runs on."),
  lane: choice(LANE_NAMES, "Set of versions that fit together.").default(DEFAULT_LANE),
  namespace: dnsLabel(63, "Namespace of everything but Istio's control plane.").default("llm-d"),
  protect: flag(
    "Refuse to delete what holds data that is nowhere else: the namespaces of models and of monitoring with their volumes, and on AWS the cluster and the key of its secrets. A destroy then ends before it deletes anything.",
  ).default(false),
  models: field(z.array(modelSchema).min(1), {
    description: "The models to serve.",
    expected: "a list of at least one model, each with a name",
  }),
  gateway: gatewaySchema.prefault({}),
  endpointPicker: endpointPicker.prefault({}),
  kubernetes: kubernetesSchema.prefault({}),
  openshift: openshiftSchema.prefault({}),
  // The default is what Pulumi.yaml has to have so that stacks can go without; an empty object counts as none.
  aws: awsSchema.optional().meta({ default: {} }),
  gpu: gpuSchema.prefault({}),
  istio: istio.prefault({}),
  monitoring: monitoringSchema.prefault({}),
  autoscaling: autoscalingSchema.prefault({}),
  charts: charts.prefault({}),
  versions: versions.prefault({}),
  validation: validationSchema.prefault({}),
});

/** Configuration as the schema gives it: defaults filled in, cross-field rules and versions not yet resolved. */
export type ParsedEnvironment = z.output<typeof environmentSchema>;

/** One model as the schema gives it. */
export type ParsedModel = z.output<typeof modelSchema>;
