import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";

import { checkPrivateKey } from "../components/gateway/settingsRules";
import { type GatewayConfig, PRIVATE_KEY_SETTING } from "../components/gateway/settings";
import type { GpuConfig } from "../components/gpu/settings";
import type { ModelConfig } from "../components/serving/settings";
import { checkToken } from "../components/serving/token";
import type { MonitoringConfig } from "../monitoring/settings";
import { parseSettings } from "../settings/parse";
import { ConfigError } from "../settings/problems";
import { valueAt } from "../settings/values";
import { PLATFORMS, platformNamed } from "./platforms";
import type { PlatformDefinition } from "./platforms/definition";
import type { AwsConfig } from "./platforms/eks/awsConfig";
import { environmentSettings, type ParsedEnvironment, type Surroundings } from "./settings";
import type { ChartName, VersionSet } from "./versions";
import { resolveVersions } from "./versionSettings";

export { ConfigError, type Problem } from "../settings/problems";

/** The namespace of the project's keys: `llm-d:platform`, and so on. It is the project's name in Pulumi.yaml. */
export const CONFIG_NAMESPACE = "llm-d";

/** Another source for a chart. A field that is set has priority over the mirror and the lane. */
export interface ChartOverride {
  /** A folder or .tgz file (anything with a `/`, or that ends in .tgz), an `oci://` reference, or a chart's name. */
  chart?: string;
  repository?: string;
  version?: string;
}

/**
 * The validated configuration of an environment, with all defaults. The values are plain, except for the secrets.
 * docs/configuration.md, which is made from the schema, describes every field.
 */
export interface EnvironmentConfig extends Omit<
  ParsedEnvironment,
  "models" | "gateway" | "aws" | "gpu" | "monitoring" | "charts" | "versions"
> {
  models: ModelConfig[];
  gateway: GatewayConfig;
  monitoring: MonitoringConfig;
  /** Defined only on platform eks. */
  aws?: AwsConfig;
  gpu: GpuConfig;
  charts: { mirror?: string; overrides: Record<ChartName, ChartOverride> };
  /** The versions of the lane with the overrides of the stack, checked for compatibility. */
  versions: VersionSet;
  /** Hugging Face token for downloading weights. Always a secret. */
  huggingFaceToken: pulumi.Output<string>;
  /** Private key of `gateway.tls.certificate`, in PEM form; defined only with that setting. Always a secret. */
  gatewayPrivateKey?: pulumi.Output<string>;
}

/** Configuration as written: keys without their namespace, values decoded from JSON. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** A setting that is a secret, such as `huggingFaceToken`. */
export interface TokenSetting {
  value?: string;
  /** Whether it was set with `--secret`, so that the settings file stores it encrypted. */
  secret: boolean;
}

/** Inputs of `parseConfig` besides the configuration. */
export interface ParseOptions extends Partial<Surroundings> {
  /** Top-level keys that hold a secret somewhere. No message shows their values. */
  readonly secretKeys?: ReadonlySet<string>;
  /** The private key of the gateway's certificate. @default not set */
  readonly gatewayPrivateKey?: TokenSetting;
  /** The platforms to choose from. @default every platform */
  readonly platforms?: readonly PlatformDefinition[];
}

const SETTINGS = environmentSettings(PLATFORMS);

/** The schema of the configuration, as JSON schema. */
export const schemaTree = SETTINGS.tree;

/**
 * Turns configuration into an environment. Reads nothing but its arguments.
 *
 * @throws ConfigError that lists all problems.
 */
export function parseConfig(raw: RawConfig, token: TokenSetting, options: ParseOptions = {}): EnvironmentConfig {
  const { secretKeys = new Set<string>(), defaultName = CONFIG_NAMESPACE, fileExists = () => true } = options;
  const { platforms = PLATFORMS, gatewayPrivateKey: key = { secret: false } } = options;
  const settings = platforms === PLATFORMS ? SETTINGS : environmentSettings(platforms);
  const { config, problems } = parseSettings(raw, settings.settings({ defaultName, fileExists }, secretKeys));
  const certificate = valueAt(raw, ["gateway", "tls", "certificate"]);
  const all = [
    ...problems,
    ...checkPrivateKey(key, typeof certificate === "string" ? certificate : undefined),
    ...checkToken(token),
  ];
  if (config === undefined || all.length > 0) throw new ConfigError(all);
  // `fill` added the defaults of the platform, which the type of the schema does not include.
  const filled = config as unknown as EnvironmentConfig;
  return {
    ...filled,
    ...platformNamed(config.platform, platforms).resolve?.(config, defaultName),
    ...(config.gateway.tls?.certificate === undefined ? {} : { gatewayPrivateKey: pulumi.secret(key.value ?? "") }),
    models: config.models.map((model) => ({ ...model, uri: model.uri ?? `hf://${model.name}` })),
    versions: resolveVersions(config),
    huggingFaceToken: pulumi.secret(token.value ?? ""),
  };
}

/**
 * Reads the configuration of the stack. Nothing else may read it.
 *
 * @param defaultName Project and stack, as in `llm-d-dev`. @default those of the running program
 * @throws ConfigError that lists all problems.
 */
export function loadConfig(defaultName = `${pulumi.getProject()}-${pulumi.getStack()}`): EnvironmentConfig {
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
  // Relative paths start from the project's folder, not from the working directory.
  const fileExists = (file: string) => fs.existsSync(path.resolve(__dirname, "..", file));
  return parseConfig(expandHome(raw), token, { secretKeys, fileExists, defaultName, gatewayPrivateKey });
}

/**
 * Whether a key was set with `--secret`. The SDK does not declare this function. Without it, plain-text tokens would
 * pass, so its absence is an error.
 */
function isSecret(fullKey: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret?(key: string): boolean };
  if (runtime.isConfigSecret === undefined) {
    throw new Error("This release of @pulumi/pulumi does not say which settings are secret; use the pinned release.");
  }
  return runtime.isConfigSecret(fullKey);
}

/** Lists and objects arrive as JSON. A text that is not JSON stays as it is, and the schema refuses it. */
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

/** Expands a leading `~/` in paths. */
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
