import * as crypto from "node:crypto";
import type { ChartValues } from "../charts/values";
import { pluginsConfig, pluginsConfigYaml, type PrefixCacheSettings, type ScorerWeights } from "./pluginsConfig";

/** Settings of the endpoint picker, the same for every model. */
export interface EndpointPickerSettings {
  /** Replicas; one is active, the others stand by. */
  readonly replicas: number;
  /** What the gateway does while none answers. */
  readonly failureMode: "FailClose" | "FailOpen";
  readonly weights: ScorerWeights;
  readonly prefixCache: PrefixCacheSettings;
  /** The endpoint picker's `--v`. */
  readonly logVerbosity: number;
  /** How long one that is replaced goes on, in seconds; 0 ends it at once. Above 0 it takes Kubernetes 1.30. */
  readonly drainSeconds: number;
}

/** An image in the parts that the chart takes. */
export interface ImageParts {
  readonly hub: string;
  readonly name: string;
  /** The tag, followed by `@sha256:...` when the image is pinned by digest. */
  readonly tag: string;
}

/** What the values of the inferencepool chart are made from. */
export interface EndpointPickerValuesArgs {
  readonly endpointPicker: EndpointPickerSettings;
  readonly image: ImageParts;
  /** API of the InferencePool, the one that Istio watches. */
  readonly inferencePoolApi: string;
  /** Labels of the model server's pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Port of the model server's pods. */
  readonly targetPort: number;
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  readonly prefixCaching: boolean;
  /**
   * Whether metrics are shown only to those with a token that the API server vouches for. The endpoint picker then needs the
   * right to ask it, which monitoring gives it.
   */
  readonly metricsAuthentication: boolean;
}

/**
 * Name of the configuration file in the endpoint picker's ConfigMap. The endpoint picker reads it once, when it starts,
 * and the chart restarts it for no change of its content; a name that follows the content changes its arguments.
 */
function configFileName(content: string): string {
  return `llm-d-plugins-${crypto.createHash("sha256").update(content).digest("hex").slice(0, 10)}.yaml`;
}

/** The variable by which the post-renderer (`rollingPicker.cjs`) knows how long the endpoint picker drains; no program reads it. */
const DRAIN_VARIABLE = "LLMD_DRAIN_SECONDS";

const V1ALPHA2 = "inference.networking.x-k8s.io/v1alpha2";

/**
 * Values of the inferencepool chart v1.3.1. It has no value for the resources of the endpoint picker's container.
 */
export function endpointPickerValues(args: EndpointPickerValuesArgs): ChartValues {
  const { endpointPicker, inferencePoolApi, targetPort } = args;
  const alpha = inferencePoolApi === V1ALPHA2;
  if (!alpha && endpointPicker.failureMode !== "FailClose") {
    throw new Error(
      `the inferencepool chart cannot set failureMode ${endpointPicker.failureMode} on ${inferencePoolApi} pools`,
    );
  }
  const config = pluginsConfigYaml(
    pluginsConfig({
      weights: endpointPicker.weights,
      prefixCache: endpointPicker.prefixCache,
      blockSize: args.blockSize,
      prefixCaching: args.prefixCaching,
    }),
  );
  const configFile = configFileName(config);
  return {
    inferenceExtension: {
      replicas: endpointPicker.replicas,
      // A pinned tag needs no look-up in the registry at each start, which is what the chart's Always would mean.
      image: { ...args.image, pullPolicy: "IfNotPresent" },
      pluginsConfigFile: configFile,
      pluginsCustomConfig: { [configFile]: config },
      flags: { v: endpointPicker.logVerbosity },
      env: [{ name: DRAIN_VARIABLE, value: String(endpointPicker.drainSeconds) }],
      ...(alpha ? { failureMode: endpointPicker.failureMode } : {}),
      // The chart grants the rights that authenticated metrics take only together with a ServiceMonitor of its own; here
      // monitoring/ does both. Without those rights nobody could read them.
      monitoring: { prometheus: { enabled: false, auth: { enabled: args.metricsAuthentication } } },
    },
    inferencePool: {
      apiVersion: inferencePoolApi,
      modelServerType: "vllm",
      modelServers: { matchLabels: { ...args.selector } },
      ...(alpha ? { targetPortNumber: targetPort } : { targetPorts: [{ number: targetPort }] }),
    },
    // Adds the DestinationRule that lets the gateway accept the endpoint picker's self-made certificate.
    provider: { name: "istio" },
  };
}
