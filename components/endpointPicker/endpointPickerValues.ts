import * as crypto from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ChartValues } from "../charts/values";
import { pluginsConfig, pluginsConfigYaml } from "./pluginsConfig";
import type { EndpointPickerConfig } from "./settings";

/** An image, in the parts of the chart's values. */
interface ImageParts {
  readonly hub: string;
  readonly name: string;
  /** The tag, followed by `@sha256:...` for an image that is pinned by digest. */
  readonly tag: string;
}

/** Input of the values of the inferencepool chart. */
export interface EndpointPickerValuesArgs {
  readonly endpointPicker: Omit<EndpointPickerConfig, "replicas">;
  readonly image: ImageParts;
  /** API of the InferencePool that Istio watches. */
  readonly inferencePoolApi: string;
  /** Labels of the model server's pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Port of the model server's pods. */
  readonly targetPort: number;
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  readonly prefixCaching: boolean;
  /**
   * Whether metrics need a token that the API server accepts. The endpoint picker then needs the right to ask the API server, which
   * monitoring grants.
   */
  readonly metricsAuthentication: boolean;
}

/**
 * Name of the configuration file in the endpoint picker's ConfigMap. The endpoint picker reads the file only at its start, and the
 * chart does not restart it for another content. So the name depends on the content, and a change of it changes the arguments.
 */
function configFileName(content: string): string {
  return `llm-d-plugins-${crypto.createHash("sha256").update(content).digest("hex").slice(0, 10)}.yaml`;
}

/** Tells the post-renderer (`rollingPicker.cjs`) how long the endpoint picker drains; no program in the pod reads it. */
const DRAIN_VARIABLE = "LLMD_DRAIN_SECONDS";

const V1ALPHA2 = "inference.networking.x-k8s.io/v1alpha2";

/**
 * Values of the inferencepool chart v1.3.1. It has no value for the resources of the endpoint picker's container.
 *
 * @throws InputPropertyError for a failure mode that the chart cannot set.
 */
export function endpointPickerValues(args: EndpointPickerValuesArgs): ChartValues {
  const { endpointPicker, inferencePoolApi, targetPort } = args;
  const alpha = inferencePoolApi === V1ALPHA2;
  if (!alpha && endpointPicker.failureMode !== "FailClose") {
    throw new pulumi.InputPropertyError({
      propertyPath: "endpointPicker.failureMode",
      reason: `the inferencepool chart cannot set failureMode ${endpointPicker.failureMode} on ${inferencePoolApi} pools`,
    });
  }
  const { weights, prefixCache } = endpointPicker;
  const { blockSize, prefixCaching } = args;
  const config = pluginsConfigYaml(pluginsConfig({ weights, prefixCache, blockSize, prefixCaching }));
  const configFile = configFileName(config);
  return {
    inferenceExtension: {
      // Of several, only the active one answers its probe, and Helm would wait for the others in vain.
      replicas: 1,
      // With the chart's Always, each start would look up a pinned tag in the registry.
      image: { ...args.image, pullPolicy: "IfNotPresent" },
      pluginsConfigFile: configFile,
      pluginsCustomConfig: { [configFile]: config },
      flags: { v: endpointPicker.logVerbosity },
      env: [{ name: DRAIN_VARIABLE, value: String(endpointPicker.drainSeconds) }],
      ...(alpha ? { failureMode: endpointPicker.failureMode } : {}),
      // The chart grants the rights for authenticated metrics only together with its own ServiceMonitor. So monitoring/
      // provides both.
      monitoring: { prometheus: { enabled: false, auth: { enabled: args.metricsAuthentication } } },
    },
    inferencePool: {
      apiVersion: inferencePoolApi,
      modelServerType: "vllm",
      modelServers: { matchLabels: { ...args.selector } },
      ...(alpha ? { targetPortNumber: targetPort } : { targetPorts: [{ number: targetPort }] }),
    },
    // Adds the DestinationRule with which the gateway accepts the endpoint picker's self-signed certificate.
    provider: { name: "istio" },
  };
}
