import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, loadConfig } from "../../../stacks/config";
import { CHART_NAMES } from "../../../stacks/versions";
import { GOOD, lines, model, parse, problemsOf, TOKEN } from "../../support/configurations";

describe("valid configurations", () => {
  it("get every default", () => {
    // Other tests check the versions, and the token is an output.
    const config = Object.entries(parse()).filter(([key]) => key !== "versions" && key !== "huggingFaceToken");
    assert.deepEqual(Object.fromEntries(config), {
      platform: "existing",
      lane: "istio-1.27",
      namespace: "llm-d",
      models: [
        {
          name: "meta-llama/Llama-3.1-8B-Instruct",
          uri: "hf://meta-llama/Llama-3.1-8B-Instruct",
          replicas: 3,
          tensorParallel: 1,
          blockSize: 16,
          prefixCaching: true,
          chunkedPrefill: false,
          gpuMemoryUtilization: 0.9,
          extraArgs: [],
          resources: { cpu: "8", memory: "64Gi" },
          artifactSize: "100Gi",
          values: {},
          startupTimeoutSeconds: 1800,
          drainSeconds: 300,
          rollout: { maxUnavailable: 1, maxSurge: 0 },
        },
      ],
      gateway: {
        className: "istio",
        name: "llm-d-infra-inference-gateway",
        port: 80,
        exposure: "internal",
        allowedCidrs: [],
        drainSeconds: 300,
        timeoutSeconds: 600,
      },
      protect: false,
      endpointPicker: {
        replicas: 1,
        failureMode: "FailClose",
        weights: { prefixCache: 6, queue: 4, kvCacheUtilization: 2, runningRequests: 1 },
        prefixCache: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true },
        logVerbosity: 1,
        drainSeconds: 60,
      },
      kubernetes: {
        kubeconfig: "/etc/cluster/kubeconfig",
        context: "cluster",
        crds: { gatewayApi: "install", inferenceExtension: "install" },
      },
      openshift: { route: { termination: "edge", timeoutSeconds: 600 }, scc: "anyuid" },
      gpu: {
        operator: "preinstalled",
        driver: true,
        toolkit: true,
        mig: { strategy: "none" },
        olm: {
          channel: "stable",
          approval: "Automatic",
          source: "certified-operators",
          sourceNamespace: "openshift-marketplace",
          driverToolkit: true,
          nfd: "operator",
          nfdChannel: "stable",
          nfdSource: "redhat-operators",
          nodes: [],
        },
        values: {},
        readinessTimeoutSeconds: 1800,
        smokeTest: { enabled: true, timeoutSeconds: 600 },
      },
      istio: { pilot: { replicas: 1, resources: { cpu: "500m", memory: "2Gi" } }, values: {} },
      monitoring: {
        mode: "stack",
        objectives: {
          timeToFirstToken: { seconds: 1, percent: 95 },
          latency: { seconds: 30, percent: 99 },
        },
        prometheus: { scrapeIntervalSeconds: 15, retention: "7d", resources: { cpu: "500m", memory: "2Gi" } },
        storage: { persistent: true, size: "50Gi" },
        grafana: { anonymousViewer: false, passwordGeneration: 1, exposure: "none" },
        alertmanager: true,
        bringYourOwn: { operator: true, labels: {}, dashboardLabels: { grafana_dashboard: "1" } },
        values: {},
      },
      validation: {
        ...{ onUp: false, tekton: false, minHitRate: 0.9, minTtftImprovement: 0.7, minGain: 0.03, maxErrorShare: 0.01 },
        ...{ rounds: 3, concurrency: 6, headers: {}, timeoutSeconds: 1800 },
        workload: {
          ...{ groups: 6, sessionsPerGroup: 3, turns: 8 },
          ...{ prefixTokens: 2000, turnTokens: 50, outputTokens: 16 },
        },
      },
      autoscaling: { operator: "keda", values: {} },
      charts: { overrides: Object.fromEntries(CHART_NAMES.map((name) => [name, {}])) },
    });
  });

  it("keep a configured value and get the defaults of the other keys", () => {
    const config = parse({ ...model({ resources: { cpu: 16 } }), endpointPicker: { weights: { queue: 0 } } });
    assert.deepEqual(config.models[0]?.resources, { cpu: "16", memory: "64Gi" });
    assert.deepEqual(config.endpointPicker.weights, {
      prefixCache: 6,
      queue: 0,
      kvCacheUtilization: 2,
      runningRequests: 1,
    });
  });

  it("need no context on platform local", () => {
    const config = parse({ platform: "local", kubernetes: { kubeconfig: "/run/kubeconfig" } });
    assert.equal(config.kubernetes.context, undefined);
  });

  it("may have several models, one of them without an id", () => {
    const config = parse({
      models: [
        { name: "a/b" },
        { name: "c/d", id: "chat", uri: "pvc://weights/c/d" },
        { name: "embeddings", id: "embed", uri: "pvc+hf://weights/hub/e/f" },
      ],
    });
    assert.deepEqual(
      config.models.map(({ id, uri }) => [id, uri]),
      [
        [undefined, "hf://a/b"],
        ["chat", "pvc://weights/c/d"],
        ["embed", "pvc+hf://weights/hub/e/f"],
      ],
    );
  });

  for (const image of [
    "vllm/vllm-openai:v0.10.0",
    "registry.example.com:5000/vllm/vllm-openai:latest-cuda12",
    `registry.example.com/vllm@sha256:${"0".repeat(64)}`,
    `registry.example.com/vllm:v0.10.0@sha256:${"0".repeat(64)}`,
  ]) {
    it(`may have the image ${image.slice(0, 60)}`, () => {
      assert.equal(parse(model({ image })).models[0]?.image, image);
    });
  }

  for (const mirror of [
    "oci://registry.example.com/mirror",
    "oci://localhost:5000",
    "/srv/charts",
    "./charts",
    "charts",
  ]) {
    it(`may have the mirror ${mirror}`, () => {
      assert.equal(parse({ charts: { mirror } }).charts.mirror, mirror);
    });
  }
});

describe("several problems", () => {
  it("are all reported: fields, unknown keys, rules between fields, versions and the token", () => {
    const problems = problemsOf(() =>
      parse(
        {
          namespace: "Upper",
          models: [{ name: "a/b", replicas: 0 }, { name: "a/b", replica: 1 }, "c/d"],
          kubernetes: 3,
          versions: { inferenceExtension: "v1.5.0" },
        },
        { value: "hf_writtenInTheClear", secret: false },
      ),
    );
    assert.deepEqual(lines(problems), [
      'namespace: "Upper" is not allowed; write lower-case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit',
      "kubernetes: 3 is not allowed; write an object with kubeconfig, context and crds",
      "models[0].replicas: 0 is not allowed; write a whole number from 1 to 256",
      "models[1].replica: is not a setting; did you mean replicas?",
      'models[1].name: "a/b" is also the name of models[0]; write another name, because clients choose the model by it',
      "models[1].id: is missing, and models[0] has none either; write an id, because only one model may have none",
      'models[2]: "c/d" is not allowed; write an object with at least a name',
      "versions.inferenceExtension: Inference Extension v1.5.0 no longer ships the CRD of inference.networking.x-k8s.io/v1alpha2 pools; write v1.3.1, or set versions.inferencePoolApi to inference.networking.k8s.io/v1 with Istio 1.28 or later",
      "huggingFaceToken: is stored in plain text; revoke that token if the file was ever shared, make a new one and run: pulumi config set --secret llm-d:huggingFaceToken",
    ]);
  });

  it("are in one error, with one line each", () => {
    const error = new ConfigError([
      { path: "a", message: "is wrong; write b" },
      { path: "c[0]", message: "is wrong too; write d" },
    ]);
    assert.equal(
      error.message,
      "The configuration of this stack has 2 problems:\n  - a: is wrong; write b\n  - c[0]: is wrong too; write d",
    );
    assert.match(
      new ConfigError([{ path: "a", message: "b" }]).message,
      /^The configuration of this stack has 1 problem:/,
    );
  });
});

describe("the token", () => {
  const advice = "run: pulumi config set --secret llm-d:huggingFaceToken";
  const cases: [string, { value?: string; secret: boolean }, string][] = [
    ["it is missing", { secret: false }, `huggingFaceToken: is missing; ${advice}`],
    ["it is empty", { value: "", secret: true }, `huggingFaceToken: is missing; ${advice}`],
    [
      "it is in plain text",
      { value: "hf_writtenInTheClear", secret: false },
      `huggingFaceToken: is stored in plain text; revoke that token if the file was ever shared, make a new one and ${advice}`,
    ],
    [
      "it is of another service",
      { value: "sk-notHuggingFace", secret: true },
      `huggingFaceToken: the value (secret, not shown) is not a Hugging Face token; a token starts with hf_ and has no spaces; to set one, ${advice}`,
    ],
    [
      "it has a line break",
      { value: "hf_notARealTokenOfAnybody\n", secret: true },
      `huggingFaceToken: the value (secret, not shown) is not a Hugging Face token; a token starts with hf_ and has no spaces; to set one, ${advice}`,
    ],
  ];
  for (const [name, token, reported] of cases) {
    it(`is refused when ${name}, and its value is not repeated`, () => {
      const problems = problemsOf(() => parse({}, token));
      assert.deepEqual(lines(problems), [reported]);
      assert.ok(!token.value || !reported.includes(token.value.trim()));
    });
  }

  it("is a secret output", async () => {
    assert.equal(await pulumi.isSecret(parse().huggingFaceToken), true);
  });
});

describe("secrets in other settings", () => {
  it("are not shown in problems", () => {
    const problems = problemsOf(() =>
      parse({ gateway: { exposure: "s3cret" } }, TOKEN, { secretKeys: new Set(["gateway"]) }),
    );
    assert.deepEqual(lines(problems), [
      "gateway.exposure: the value (secret, not shown) is not allowed; write internal or internet-facing",
    ]);
  });
});

describe("loadConfig", () => {
  const kubeconfig = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "config-")), "kubeconfig");
  const settings = (change: Record<string, unknown> = {}) => {
    const all = { ...GOOD, kubernetes: { kubeconfig, context: "cluster" }, huggingFaceToken: TOKEN.value, ...change };
    return Object.fromEntries(
      Object.entries(all).map(([key, value]) => [
        `llm-d:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
  };

  before(() => fs.writeFileSync(kubeconfig, ""));
  after(() => {
    pulumi.runtime.setAllConfig({});
    fs.rmSync(path.dirname(kubeconfig), { recursive: true });
  });

  it("reads the project's keys and ignores other projects' keys", async () => {
    pulumi.runtime.setAllConfig({ ...settings({ gateway: { port: 8080 } }), "pulumi:tags": "{}" }, [
      "llm-d:huggingFaceToken",
    ]);
    const config = loadConfig();
    assert.equal(config.gateway.port, 8080);
    assert.equal(config.platform, "existing");
    assert.equal(await pulumi.isSecret(config.huggingFaceToken), true);
  });

  it("reports a token that was not set with --secret", () => {
    pulumi.runtime.setAllConfig(settings(), []);
    assert.deepEqual(
      problemsOf(loadConfig).map((problem) => problem.path),
      ["huggingFaceToken"],
    );
  });

  it("reports every problem, including an object that is not JSON", () => {
    pulumi.runtime.setAllConfig({ ...settings({ namespce: "x", gateway: "{port: 80" }) }, ["llm-d:huggingFaceToken"]);
    assert.deepEqual(lines(problemsOf(loadConfig)), [
      'gateway: "{port: 80" is not allowed; write an object of gateway settings',
      "namespce: is not a setting; did you mean namespace?",
    ]);
  });

  it("reports a kubeconfig that does not exist", () => {
    pulumi.runtime.setAllConfig(settings({ kubernetes: { kubeconfig: "/nowhere/kubeconfig", context: "c" } }), [
      "llm-d:huggingFaceToken",
    ]);
    assert.deepEqual(lines(problemsOf(loadConfig)), [
      'kubernetes.kubeconfig: "/nowhere/kubeconfig" does not exist; write the path of a kubeconfig file',
    ]);
  });
});

describe("a setting with one value", () => {
  it("accepts the value: endpointPicker.replicas 1", () => {
    assert.equal(parse({ endpointPicker: { replicas: 1 } }).endpointPicker.replicas, 1);
  });
});
