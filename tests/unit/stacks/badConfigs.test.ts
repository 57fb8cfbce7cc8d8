import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../stacks/config";
import { lines, parse, problemsOf } from "./support";

const LABEL_63 =
  'lower-case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit';
const LABEL_50 = LABEL_63.replace("63", "50");
/** What is changed in a good configuration, and everything that is then reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  // Top level
  ["no platform", { platform: undefined }, "platform: is missing; write local, existing, openshift or eks"],
  ["unknown platform", { platform: "gke" }, 'platform: "gke" is not allowed; write local, existing, openshift or eks'],
  ["unknown lane", { lane: "istio-1.28" }, 'lane: "istio-1.28" is not allowed; write istio-1.27'],
  [
    "planned lane",
    { lane: "precise" },
    'lane: "precise" is planned and not part of this version yet; write istio-1.27',
  ],
  ["namespace with capitals", { namespace: "LLM" }, `namespace: "LLM" is not allowed; write ${LABEL_63}`],
  [
    "namespace of the cluster",
    { namespace: "kube-system" },
    'namespace: "kube-system" belongs to the cluster, and destroy would delete it; write another name such as llm-d',
  ],
  ["misspelt key", { platfrom: "local" }, "platfrom: is not a setting; did you mean platform?"],
  ["misspelt token key", { hugginFaceToken: 1 }, "hugginFaceToken: is not a setting; did you mean huggingFaceToken?"],
  [
    "key of nothing",
    { dashboards: {} },
    "dashboards: is not a setting; write one of platform, lane, namespace, protect, kubernetes, openshift, aws, models, gateway, endpointPicker, gpu, istio, monitoring, autoscaling, validation, charts, versions, gatewayPrivateKey or huggingFaceToken, or remove it",
  ],
  // Gateway
  [
    "exposure to the world",
    { gateway: { exposure: "public" } },
    'gateway.exposure: "public" is not allowed; write internal or internet-facing',
  ],
  [
    "port out of range",
    { gateway: { port: 70000 } },
    "gateway.port: 70000 is not allowed; write a whole number from 1 to 65535",
  ],
  [
    "port of the proxy",
    { gateway: { port: 15021 } },
    "gateway.port: 15021 is a port that Istio's proxy uses itself; write another such as 80",
  ],
  [
    "class of another controller",
    { gateway: { className: "kgateway" } },
    `gateway.className: "kgateway" is not a class that Istio programs; write istio`,
  ],
  [
    "gateway name too long",
    { gateway: { name: "g".repeat(51) } },
    `gateway.name: "${"g".repeat(51)}" is not allowed; write ${LABEL_50}`,
  ],
  [
    "url as host name",
    { gateway: { hostname: "https://llm.example.com" } },
    'gateway.hostname: "https://llm.example.com" is not allowed; write a host name such as llm.example.com',
  ],
  // Endpoint picker
  [
    "failure mode in lower case",
    { endpointPicker: { failureMode: "failopen" } },
    'endpointPicker.failureMode: "failopen" is not allowed; write FailClose or FailOpen',
  ],
  [
    "fraction as weight",
    { endpointPicker: { weights: { queue: 0.5 } } },
    "endpointPicker.weights.queue: 0.5 is not allowed; write a whole number from 0 to 100",
  ],
  [
    "no weight at all",
    { endpointPicker: { weights: { prefixCache: 0, queue: 0, kvCacheUtilization: 0, runningRequests: 0 } } },
    "endpointPicker.weights: are all 0, so no scorer counts; write at least one above 0",
  ],
  [
    "several endpoint pickers, of which only one is ever ready",
    { endpointPicker: { replicas: 2 } },
    "endpointPicker.replicas: 2 is not allowed; write 1, because only the active replica becomes ready",
  ],
  [
    "resources, which the chart has no value for",
    { endpointPicker: { resources: {} } },
    "endpointPicker.resources: is not a setting; write one of replicas, failureMode, weights, prefixCache, logVerbosity or drainSeconds, or remove it",
  ],
  // Cluster
  [
    "existing cluster not named",
    { kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform existing; write the path of the cluster's kubeconfig file",
    "kubernetes.context: is missing on platform existing; write the context to use, so that a changed current context never moves the environment to another cluster",
  ],
  [
    "local without the embedded cluster",
    { platform: "local", kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform local; run `make local`, which starts the embedded cluster and sets it",
  ],
  [
    "content of a kubeconfig",
    { kubernetes: { kubeconfig: "apiVersion: v1\nkind: Config\n", context: "c" } },
    "kubernetes.kubeconfig: a text of several lines is not allowed; write the path of a kubeconfig file, not its content",
  ],
  // Istio
  [
    "inference extension switched off",
    { istio: { values: { pilot: { env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "false" } } } } },
    'istio.values.pilot.env.ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "false" would make istiod ignore every InferencePool; remove it, the program sets it to "true"',
  ],
  [
    "Istio's tag beside the table of versions",
    { istio: { values: { global: { tag: "1.26.0" } } } },
    "istio.values.global.tag: names an image outside the table of versions; remove it and set versions.istio or versions.images.pilot.tag",
  ],
  [
    "no istiod",
    { istio: { pilot: { replicas: 0 } } },
    "istio.pilot.replicas: 0 is not allowed; write a whole number from 1 to 10",
  ],
  // Charts
  [
    "mirror that is no mirror",
    { charts: { mirror: "https://charts.example.com" } },
    'charts.mirror: "https://charts.example.com" is not allowed; write an oci:// prefix or the path of a folder',
  ],
  [
    "override of an unknown chart",
    { charts: { overrides: { istio: { version: "1.27.8" } } } },
    "charts.overrides.istio: is not a setting; did you mean istiod?",
  ],
  [
    "range of versions",
    { charts: { overrides: { "llm-d-modelservice": { version: "~0.4" } } } },
    'charts.overrides.llm-d-modelservice.version: "~0.4" is not allowed; write an exact version such as 1.27.9',
  ],
  [
    "repository beside a folder",
    { charts: { overrides: { base: { chart: "./charts/base", repository: "https://charts.example.com" } } } },
    'charts.overrides.base.repository: "https://charts.example.com" has no effect with the chart "./charts/base", which has its own location; remove one of them',
  ],
  // Versions
  [
    "latest Istio",
    { versions: { istio: "latest" } },
    'versions.istio: "latest" is not allowed; write an exact version without v such as 1.27.9',
  ],
  [
    "floating tag",
    { versions: { images: { epp: { tag: "latest" } } } },
    'versions.images.epp.tag: "latest" is not allowed; write an exact tag, not "latest"',
  ],
  [
    "short digest",
    { versions: { images: { vllm: { digest: "sha256:abc" } } } },
    'versions.images.vllm.digest: "sha256:abc" is not allowed; write sha256: followed by 64 hexadecimal digits',
  ],
  [
    "pools that Istio ignores",
    { versions: { inferencePoolApi: "inference.networking.k8s.io/v1" } },
    "versions.inferencePoolApi: Istio 1.27.9 watches inference.networking.x-k8s.io/v1alpha2 pools only and ignores inference.networking.k8s.io/v1; write inference.networking.x-k8s.io/v1alpha2, or set versions.istio to 1.28 or later",
  ],
  ["token as a name", { namespace: "hf_abcdefgh12345678" }, `namespace: "[secret]" is not allowed; write ${LABEL_63}`],
];

describe("bad configurations", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(name, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))), reported);
    });
  }
});
