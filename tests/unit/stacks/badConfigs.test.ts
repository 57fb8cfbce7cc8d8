import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../stacks/config";
import { lines, parse, problemsOf } from "../../support/configurations";

const LABEL_63 =
  'lower-case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit';
const LABEL_50 = LABEL_63.replace("63", "50");
/** Changes of a valid configuration, and all problems that must be reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  // Top level
  ["a missing platform", { platform: undefined }, "platform: is missing; write local, existing, openshift or eks"],
  [
    "an unknown platform",
    { platform: "gke" },
    'platform: "gke" is not allowed; write local, existing, openshift or eks',
  ],
  ["an unknown lane", { lane: "istio-1.28" }, 'lane: "istio-1.28" is not allowed; write istio-1.27'],
  [
    "a lane that is only planned",
    { lane: "precise" },
    'lane: "precise" is planned and not part of this version yet; write istio-1.27',
  ],
  ["a namespace with capitals", { namespace: "LLM" }, `namespace: "LLM" is not allowed; write ${LABEL_63}`],
  [
    "a namespace that belongs to the cluster",
    { namespace: "kube-system" },
    'namespace: "kube-system" belongs to the cluster, and destroy would delete it; write another name such as llm-d',
  ],
  ["a misspelt key", { platfrom: "local" }, "platfrom: is not a setting; did you mean platform?"],
  [
    "a misspelt key of the token",
    { hugginFaceToken: 1 },
    "hugginFaceToken: is not a setting; did you mean huggingFaceToken?",
  ],
  [
    "an unknown key",
    { dashboards: {} },
    "dashboards: is not a setting; write one of platform, lane, namespace, protect, kubernetes, openshift, aws, models, gateway, endpointPicker, gpu, istio, monitoring, autoscaling, validation, charts, versions, gatewayPrivateKey or huggingFaceToken, or remove it",
  ],
  // Gateway
  [
    "an unknown exposure of the gateway",
    { gateway: { exposure: "public" } },
    'gateway.exposure: "public" is not allowed; write internal or internet-facing',
  ],
  [
    "a port out of range",
    { gateway: { port: 70000 } },
    "gateway.port: 70000 is not allowed; write a whole number from 1 to 65535",
  ],
  [
    "a port that Istio's proxy uses",
    { gateway: { port: 15021 } },
    "gateway.port: 15021 is a port that Istio's proxy uses itself; write another such as 80",
  ],
  [
    "the gateway class of another controller",
    { gateway: { className: "kgateway" } },
    `gateway.className: "kgateway" is not a class that Istio programs; write istio`,
  ],
  [
    "a gateway name that is too long",
    { gateway: { name: "g".repeat(51) } },
    `gateway.name: "${"g".repeat(51)}" is not allowed; write ${LABEL_50}`,
  ],
  [
    "a URL as host name",
    { gateway: { hostname: "https://llm.example.com" } },
    'gateway.hostname: "https://llm.example.com" is not allowed; write a host name such as llm.example.com',
  ],
  // Endpoint picker
  [
    "a failure mode in lower case",
    { endpointPicker: { failureMode: "failopen" } },
    'endpointPicker.failureMode: "failopen" is not allowed; write FailClose or FailOpen',
  ],
  [
    "a fraction as weight",
    { endpointPicker: { weights: { queue: 0.5 } } },
    "endpointPicker.weights.queue: 0.5 is not allowed; write a whole number from 0 to 100",
  ],
  [
    "weights that are all 0",
    { endpointPicker: { weights: { prefixCache: 0, queue: 0, kvCacheUtilization: 0, runningRequests: 0 } } },
    "endpointPicker.weights: are all 0, so no scorer counts; write at least one above 0",
  ],
  [
    "several endpoint pickers, because only one becomes ready",
    { endpointPicker: { replicas: 2 } },
    "endpointPicker.replicas: 2 is not allowed; write 1, because only the active replica becomes ready",
  ],
  [
    "resources of the endpoint picker, because its chart has no value for them",
    { endpointPicker: { resources: {} } },
    "endpointPicker.resources: is not a setting; write one of replicas, failureMode, weights, prefixCache, logVerbosity or drainSeconds, or remove it",
  ],
  // Cluster
  [
    "platform existing without a kubeconfig and a context",
    { kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform existing; write the path of the cluster's kubeconfig file",
    "kubernetes.context: is missing on platform existing; write the context to use, so that a changed current context never moves the environment to another cluster",
  ],
  [
    "platform local without a kubeconfig",
    { platform: "local", kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform local; run `make local`, which starts the embedded cluster and sets it",
  ],
  [
    "the content of a kubeconfig as its path",
    { kubernetes: { kubeconfig: "apiVersion: v1\nkind: Config\n", context: "c" } },
    "kubernetes.kubeconfig: a text of several lines is not allowed; write the path of a kubeconfig file, not its content",
  ],
  // Istio
  [
    "Istio values that disable the inference extension",
    { istio: { values: { pilot: { env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "false" } } } } },
    'istio.values.pilot.env.ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "false" would make istiod ignore every InferencePool; remove it, the program sets it to "true"',
  ],
  [
    "Istio values with an image tag",
    { istio: { values: { global: { tag: "1.26.0" } } } },
    "istio.values.global.tag: names an image outside the table of versions; remove it and set versions.istio or versions.images.pilot.tag",
  ],
  [
    "zero replicas of istiod",
    { istio: { pilot: { replicas: 0 } } },
    "istio.pilot.replicas: 0 is not allowed; write a whole number from 1 to 10",
  ],
  // Charts
  [
    "a mirror that is neither a registry nor a folder",
    { charts: { mirror: "https://charts.example.com" } },
    'charts.mirror: "https://charts.example.com" is not allowed; write an oci:// prefix or the path of a folder',
  ],
  [
    "an override of an unknown chart",
    { charts: { overrides: { istio: { version: "1.27.8" } } } },
    "charts.overrides.istio: is not a setting; did you mean istiod?",
  ],
  [
    "a range of chart versions",
    { charts: { overrides: { "llm-d-modelservice": { version: "~0.4" } } } },
    'charts.overrides.llm-d-modelservice.version: "~0.4" is not allowed; write an exact version such as 1.27.9',
  ],
  [
    "a chart repository together with a chart folder",
    { charts: { overrides: { base: { chart: "./charts/base", repository: "https://charts.example.com" } } } },
    'charts.overrides.base.repository: "https://charts.example.com" has no effect with the chart "./charts/base", which has its own location; remove one of them',
  ],
  // Versions
  [
    "the latest Istio",
    { versions: { istio: "latest" } },
    'versions.istio: "latest" is not allowed; write an exact version without v such as 1.27.9',
  ],
  [
    "a floating image tag",
    { versions: { images: { epp: { tag: "latest" } } } },
    'versions.images.epp.tag: "latest" is not allowed; write an exact tag, not "latest"',
  ],
  [
    "a digest that is too short",
    { versions: { images: { vllm: { digest: "sha256:abc" } } } },
    'versions.images.vllm.digest: "sha256:abc" is not allowed; write sha256: followed by 64 hexadecimal digits',
  ],
  [
    "an InferencePool API that Istio ignores",
    { versions: { inferencePoolApi: "inference.networking.k8s.io/v1" } },
    "versions.inferencePoolApi: Istio 1.27.9 watches inference.networking.x-k8s.io/v1alpha2 pools only and ignores inference.networking.k8s.io/v1; write inference.networking.x-k8s.io/v1alpha2, or set versions.istio to 1.28 or later",
  ],
  [
    "a token as namespace, without showing it",
    { namespace: "hf_abcdefgh12345678" },
    `namespace: "[secret]" is not allowed; write ${LABEL_63}`,
  ],
];

describe("the configuration", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))), reported);
    });
  }
});
