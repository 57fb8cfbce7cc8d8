import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { endpointPickerValues } from "../../../../components/endpointPicker/endpointPickerValues";
import {
  pluginsConfig,
  pluginsConfigYaml,
  type PluginsConfigArgs,
} from "../../../../components/endpointPicker/pluginsConfig";
import { at, endpointPicker } from "../../../support/components";

const DEFAULTS: PluginsConfigArgs = {
  weights: { prefixCache: 6, queue: 4, kvCacheUtilization: 2, runningRequests: 1 },
  prefixCache: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true },
  blockSize: 16,
  prefixCaching: true,
};

describe("the endpoint picker's configuration", () => {
  it("scores by prefix, queue, KV cache and running requests, each with its weight", () => {
    const config = pluginsConfig(DEFAULTS);
    assert.deepEqual(config.schedulingProfiles, [
      {
        name: "default",
        plugins: [
          { pluginRef: "prefix-cache-scorer", weight: 6 },
          { pluginRef: "queue-scorer", weight: 4 },
          { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
          { pluginRef: "running-requests-size-scorer", weight: 1 },
          { pluginRef: "max-score-picker" },
        ],
      },
    ]);
  });

  it("declares every plugin that the profile refers to", () => {
    const config = pluginsConfig(DEFAULTS);
    const declared = config.plugins.map(({ type }) => type);
    for (const { pluginRef } of config.schedulingProfiles.flatMap(({ plugins }) => plugins)) {
      assert.ok(declared.includes(pluginRef), pluginRef);
    }
  });

  it("counts blocks in characters, so that a block is one of the model server's", () => {
    for (const [tokens, characters] of [
      [16, 64],
      [32, 128],
    ] as const) {
      const config = pluginsConfig({ ...DEFAULTS, blockSize: tokens });
      assert.equal(at(config.plugins, 1, "parameters", "blockSize"), characters);
    }
  });

  it("leaves out a scorer without weight, and prefixes where the model server keeps none", () => {
    const scorers = (args: PluginsConfigArgs) => pluginsConfig(args).plugins.map(({ type }) => type);
    assert.ok(!scorers({ ...DEFAULTS, weights: { ...DEFAULTS.weights, queue: 0 } }).includes("queue-scorer"));
    assert.ok(!scorers({ ...DEFAULTS, prefixCaching: false }).includes("prefix-cache-scorer"));
  });

  it("is YAML that reads back as itself", () => {
    const config = pluginsConfig(DEFAULTS);
    assert.deepEqual(parse(pluginsConfigYaml(config)), config);
  });
});

describe("values of the inferencepool chart", () => {
  it("names the configuration file after its content, so that a change restarts the endpoint picker", () => {
    const nameOf = (args: Parameters<typeof endpointPicker>[0]) =>
      at(endpointPickerValues(endpointPicker(args)), "inferenceExtension", "pluginsConfigFile");
    assert.equal(nameOf({}), nameOf({}));
    assert.notEqual(nameOf({}), nameOf({ blockSize: 32 }));
    const values = endpointPickerValues(endpointPicker());
    assert.deepEqual(Object.keys(at(values, "inferenceExtension", "pluginsCustomConfig") as object), [nameOf({})]);
  });

  it("makes the pool of the API that Istio watches, for this model's pods only", () => {
    const { inferencePool } = endpointPickerValues(endpointPicker());
    assert.deepEqual(inferencePool, {
      apiVersion: "inference.networking.x-k8s.io/v1alpha2",
      modelServerType: "vllm",
      modelServers: { matchLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" } },
      targetPortNumber: 8000,
    });
    const v1 = endpointPickerValues(endpointPicker({ inferencePoolApi: "inference.networking.k8s.io/v1" }));
    assert.deepEqual(at(v1, "inferencePool", "targetPorts"), [{ number: 8000 }]);
  });

  it("refuses to drop a failure mode that the chart cannot set", () => {
    const args = endpointPicker({ inferencePoolApi: "inference.networking.k8s.io/v1" });
    assert.throws(
      () => endpointPickerValues({ ...args, endpointPicker: { ...args.endpointPicker, failureMode: "FailOpen" } }),
      /cannot set failureMode FailOpen on inference.networking.k8s.io\/v1 pools/,
    );
  });
});
