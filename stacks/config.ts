import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type AwsConfig, resolveAws } from "./platforms/eks/awsConfig";
import { type GpuConfig, resolveGpu } from "../components/gpu/gpuConfig";
import type { ParsedEnvironment, ParsedModel } from "./environmentSchema";
import { type ParsedGateway, PRIVATE_KEY_SETTING } from "../components/gateway/settings";
import { checkPrivateKey } from "../components/gateway/settingsRules";
import type { ParsedMonitoring } from "../monitoring/settings";
import { defaultMode } from "../monitoring/settingsRules";
import { parseEnvironment, type ParseOptions } from "../settings/parse";
import { ConfigError, schemaTree } from "../settings/problems";
import { resolveVersions } from "./resolveVersions";
import { checkToken } from "../components/serving/token";
import type { ChartName, VersionSet } from "./versions";

export type { AwsConfig, GpuCapacity } from "./platforms/eks/awsConfig";
export type { GpuConfig } from "../components/gpu/gpuConfig";
export type { ParseOptions } from "../settings/parse";
export { ConfigError, type Problem } from "../settings/problems";

/** The namespace of the project's keys: `llm-d:platform`, and so on. It is the project's name in Pulumi.yaml. */
export const CONFIG_NAMESPACE = "llm-d";

/** One model that the environment serves. Every field is described in docs/configuration.md. */
export interface ModelConfig extends ParsedModel {
  /** Where the weights come from: `hf://ORG/REPO`, `pvc://CLAIM/PATH` or `pvc+hf://CLAIM/ORG/REPO`. */
  uri: string;
}

/** Another source for a chart. A field that is set wins over the mirror and over the lane. */
export interface ChartOverride {
  /** A folder or .tgz file (anything with a `/`, or that ends in .tgz), an `oci://` reference, or a chart's name. */
  chart?: string;
  repository?: string;
  version?: string;
}

/**
 * What an environment is made from: validated, every default filled in. Plain values, except for the token.
 * Every field is described in docs/configuration.md, which is made from the schema.
 */
export interface EnvironmentConfig extends Omit<
  ParsedEnvironment,
  "models" | "gateway" | "aws" | "gpu" | "monitoring" | "charts" | "versions"
> {
  models: ModelConfig[];
  gateway: GatewayConfig;
  monitoring: MonitoringConfig;
  /** Present exactly when the platform is eks. */
  aws?: AwsConfig;
  gpu: GpuConfig;
  charts: { mirror?: string; overrides: Record<ChartName, ChartOverride> };
  /** The lane's versions with the stack's own put over them, checked to fit together. */
  versions: VersionSet;
  /** Hugging Face token for downloading weights. Always a secret. */
  huggingFaceToken: pulumi.Output<string>;
  /** Private key of `gateway.tls.certificate`, in PEM form; present exactly when that is. Always a secret. */
  gatewayPrivateKey?: pulumi.Output<string>;
}

/** Monitoring, with what follows from the platform filled in. */
export interface MonitoringConfig extends ParsedMonitoring {
  mode: NonNullable<ParsedMonitoring["mode"]>;
  storage: ParsedMonitoring["storage"] & { persistent: boolean };
}

/** The gateway, its port filled in. */
export type GatewayConfig = ParsedGateway & { port: number };

/** Configuration as it is written: keys without their namespace, values decoded from JSON. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** A setting that is a secret, such as `huggingFaceToken`. */
export interface TokenSetting {
  value?: string;
  /** Whether it was set with `--secret`, and is therefore encrypted in the stack's settings file. */
  secret: boolean;
}

/**
 * Turns configuration into an environment, or throws a `ConfigError` that lists all problems. Reads nothing but its
 * arguments.
 */
export function parseConfig(raw: RawConfig, token: TokenSetting, options: ParseOptions = {}): EnvironmentConfig {
  const { config, problems } = parseEnvironment(raw, options);
  const key = options.gatewayPrivateKey ?? { secret: false };
  const all = [...problems, ...checkPrivateKey(key, certificateOf(raw)), ...checkToken(token)];
  if (config === undefined || all.length > 0) {
    throw new ConfigError(all);
  }
  const { aws, gateway, monitoring, ...rest } = config;
  return {
    ...rest,
    monitoring: {
      ...monitoring,
      mode: monitoring.mode ?? defaultMode(config.platform),
      // The embedded cluster has no volumes.
      storage: { ...monitoring.storage, persistent: monitoring.storage.persistent ?? config.platform !== "local" },
    },
    gateway: { ...gateway, port: gateway.port ?? (gateway.tls === undefined ? 80 : 443) },
    ...(gateway.tls?.certificate === undefined ? {} : { gatewayPrivateKey: pulumi.secret(key.value ?? "") }),
    ...(aws === undefined ? {} : { aws: resolveAws(aws, options.defaultName ?? CONFIG_NAMESPACE) }),
    gpu: resolveGpu(config.gpu, config.platform),
    models: config.models.map((model) => ({ ...model, uri: model.uri ?? `hf://${model.name}` })),
    versions: resolveVersions(config),
    huggingFaceToken: pulumi.secret(token.value ?? ""),
  };
}

/** The certificate as it is written, which is the one that a private key has to fit whatever else is wrong. */
function certificateOf(raw: RawConfig): string | undefined {
  const certificate = ["gateway", "tls", "certificate"].reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as RawConfig)[key] : undefined),
    raw,
  );
  return typeof certificate === "string" ? certificate : undefined;
}

/** Reads the stack's configuration. The only place that does; throws a `ConfigError` that lists all problems. */
export function loadConfig(): EnvironmentConfig {
  const prefix = `${CONFIG_NAMESPACE}:`;
  const raw: Record<string, unknown> = {};
  const secretKeys = new Set<string>();
  let token: TokenSetting = { secret: false };
  let gatewayPrivateKey: TokenSetting | undefined;
  for (const [fullKey, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (!fullKey.startsWith(prefix)) {
      continue;
    }
    const key = fullKey.slice(prefix.length);
    const secret = isSecret(fullKey);
    if (key === "huggingFaceToken") {
      token = { value, secret };
      continue;
    }
    if (key === PRIVATE_KEY_SETTING) {
      gatewayPrivateKey = { value, secret };
      continue;
    }
    raw[key] = decode(key, value);
    if (secret) {
      secretKeys.add(key);
    }
  }
  // Relative paths start from the project's folder, wherever the program was started.
  const fileExists = (file: string) => fs.existsSync(path.resolve(__dirname, "..", file));
  const defaultName = `${pulumi.getProject()}-${pulumi.getStack()}`;
  return parseConfig(expandHome(raw), token, { secretKeys, fileExists, defaultName, gatewayPrivateKey });
}

/**
 * Whether a key was set with `--secret`. The SDK keeps this function out of its type declarations; a release that
 * drops it must not make plain-text tokens pass, so its absence is an error.
 */
function isSecret(fullKey: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret?(key: string): boolean };
  if (runtime.isConfigSecret === undefined) {
    throw new Error("This release of @pulumi/pulumi does not say which settings are secret; use the pinned release.");
  }
  return runtime.isConfigSecret(fullKey);
}

/** Settings that are lists or objects arrive as JSON; what is no JSON is left as text for the schema to refuse. */
function decode(key: string, value: string): unknown {
  if (schemaTree.properties?.[key]?.type === "string") {
    return value;
  }
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Expands a leading `~/` of the paths that people write so. */
function expandHome(raw: RawConfig): RawConfig {
  const expand = (section: unknown, key: string): unknown => {
    const value = typeof section === "object" && section !== null ? (section as RawConfig)[key] : undefined;
    return typeof value === "string" && value.startsWith("~/")
      ? { ...(section as RawConfig), [key]: path.join(os.homedir(), value.slice(2)) }
      : section;
  };
  return {
    ...raw,
    ...(raw["kubernetes"] === undefined ? {} : { kubernetes: expand(raw["kubernetes"], "kubeconfig") }),
    ...(raw["charts"] === undefined ? {} : { charts: expand(raw["charts"], "mirror") }),
  };
}
