import * as pulumi from "@pulumi/pulumi";
import type { CrdManifest } from "../../components/crds/crdManifests";
import { CrdProvider } from "../../components/crds/customResourceDefinition";
import type { ChartSources } from "../../components/charts/chartSource";
import type { EndpointPickerValuesArgs } from "../../components/endpointPicker/endpointPickerValues";
import { Installation } from "../../components/installation";
import type { ModelConfig } from "../../components/serving/settings";

// As in index.ts: component inputs are not sent to the engine.
process.env["PULUMI_NODEJS_SKIP_COMPONENT_INPUTS"] = "true";

/** A model of the configuration, with the defaults. */
export function model(changes: Partial<ModelConfig> = {}): ModelConfig {
  return {
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
    ...changes,
  };
}

/** The endpoint picker of the configuration, with the defaults. */
export function endpointPicker(changes: Partial<EndpointPickerValuesArgs> = {}): EndpointPickerValuesArgs {
  return {
    endpointPicker: {
      failureMode: "FailClose",
      weights: { prefixCache: 6, queue: 4, kvCacheUtilization: 2, runningRequests: 1 },
      prefixCache: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true },
      logVerbosity: 1,
      drainSeconds: 60,
    },
    image: { hub: "registry.example.com/epp", name: "epp", tag: "v1.3.1" },
    inferencePoolApi: "inference.networking.x-k8s.io/v1alpha2",
    selector: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" },
    targetPort: 8000,
    blockSize: 16,
    prefixCaching: true,
    metricsAuthentication: false,
    ...changes,
  };
}

/** The stack that owns everything. */
export const OWNER = "llm-d/test";

/** An installation into an unreachable cluster, because no hook runs in unit tests. */
export function installation(charts: ChartSources["charts"] = {}, name?: string): Installation {
  let crdProvider: CrdProvider | undefined;
  return new Installation({
    ...(name === undefined ? {} : { name }),
    owner: OWNER,
    sources: { charts, crds: {} },
    connect: () => Promise.reject(new Error("a unit test has no cluster")),
    crdProvider: () =>
      (crdProvider ??= new CrdProvider(name === undefined ? "crds" : `${name}-crds`, {
        kubeconfig: "{}",
        clusterIdentifier: "test",
      })),
  });
}

/** A CRD as the program has it. Its manifest is nowhere. */
export function crd(name: string): CrdManifest {
  return { name, annotations: {}, served: ["v1"], digest: `sha256:${name}` };
}

/** A CRD as a release has it. */
export function crdManifest(name: string) {
  const [plural = "", ...group] = name.split(".");
  return {
    metadata: { name },
    spec: {
      group: group.join("."),
      scope: "Namespaced",
      names: { plural, kind: plural },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
}

/** Makes the SDK's mocks accept hooks and records their names. The mocks never run hooks. */
export function acceptHooks(registered: string[] = []): Record<string, unknown> {
  // The monitor is not in the SDK's type declarations.
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Record<string, unknown> }).getMonitor();
  monitor["registerResourceHook"] = (
    request: { getName(): string },
    callback: (error: unknown, response: object) => void,
  ) => {
    registered.push(request.getName());
    callback(null, {});
  };
  return monitor;
}

/** The value at a path of an object. @throws Error when there is none */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const next = (inside as Record<string | number, unknown> | undefined)?.[key];
    if (next === undefined) throw new Error(`there is no ${path.join(".")}`);
    return next;
  }, value);
}

/** A resource as it was registered. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Answers of the mocks. By default, a call fails, and a resource's outputs are its inputs. */
export interface Answers {
  readonly call?: (token: string) => object;
  /** Outputs of a resource in addition to its inputs. */
  readonly outputs?: (type: string) => object;
  /** Collects the names of registered hooks. */
  readonly hooks?: string[];
}

/** Runs a program against mocks. @returns its resources */
export async function make(build: () => unknown, { call, outputs, hooks }: Answers = {}): Promise<Made[]> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        if (call === undefined) throw new Error(`Mock not implemented: ${token}`);
        return call(token);
      },
      newResource: ({ type, name, inputs }) => {
        made.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), name, ...outputs?.(type) } };
      },
    },
    "llm-d",
    "test",
    false,
  );
  acceptHooks(hooks);
  await pulumi.runtime.runInPulumiStack(() => {
    build();
    return Promise.resolve(undefined);
  });
  // Registrations are still pending. The function that waits for them is not in the SDK's type declarations.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return made;
}
