import * as z from "zod";
import type { Capability, RuleContext, Sections } from "../components/capability";
import { PRIVATE_KEY_SETTING } from "../components/gateway/settings";
import { choice, dnsLabel, flag, onlyWith } from "../settings/fields";
import { type Path, problem, type Problem, show, TOKEN_LIKE } from "../settings/problems";
import type { Settings } from "../settings/parse";
import { type SchemaNode, treeOf } from "../settings/schemaTree";
import { isObject, type Partially } from "../settings/values";
import { CAPABILITIES } from "./capabilities";
import { checkCompatibility, checkFailureMode, checkKubernetes } from "./compatibility";
import { PLATFORMS, type PlatformName } from "./platforms";
import type { PlatformDefinition } from "./platforms/definition";
import { DEFAULT_LANE, LANES, type Lane, PLANNED_LANES } from "./versions";
import { chartsRules, chartsSchema, resolveVersions, versionsSchema } from "./versionSettings";

/** Settings that are not in the schema, because its values could be printed. */
export const SECRET_SETTINGS: readonly string[] = [PRIVATE_KEY_SETTING, "huggingFaceToken"];

/** Inputs of rules that are not in the configuration. */
export type Surroundings = Pick<RuleContext, "fileExists" | "defaultName">;

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;
type SectionsOf<T extends { readonly settings: Sections }> = UnionToIntersection<T["settings"]>;

const LANE_NAMES = Object.keys(LANES) as [Lane, ...Lane[]];

/** The sections of several capabilities or platforms, as one object. */
function sectionsOf<T extends { readonly settings: Sections }>(parts: readonly T[]): SectionsOf<T> {
  return Object.assign({}, ...parts.map(({ settings }) => settings)) as SectionsOf<T>;
}

/**
 * The schema of the configuration without the secret settings, so that no message can print them. Its keys are the keys
 * of `Pulumi.yaml` in the project's namespace `llm-d:`.
 */
function schemaOf(platforms: typeof PLATFORMS) {
  const names = platforms.map(({ name }) => name) as [PlatformName, ...PlatformName[]];
  return z.strictObject({
    platform: choice(names, "Platform of the environment."),
    lane: choice(LANE_NAMES, "Set of versions that fit together.")
      .meta({ planned: PLANNED_LANES })
      .default(DEFAULT_LANE),
    namespace: dnsLabel(63, "Namespace of models, endpoint pickers and gateway.").default("llm-d"),
    protect: flag(
      "Refuse to delete resources whose data exists nowhere else: the namespaces of models and monitoring with their volumes, and on AWS the cluster and the key of its secrets. A destroy stops before it deletes anything.",
    ).default(false),
    ...sectionsOf(platforms),
    ...sectionsOf(CAPABILITIES),
    charts: chartsSchema.prefault({}),
    versions: versionsSchema.prefault({}),
  });
}

type EnvironmentSchema = ReturnType<typeof schemaOf>;

/** The configuration as the schema gives it: with defaults, before rules are checked and versions resolved. */
export type ParsedEnvironment = z.output<EnvironmentSchema>;

/** Marks each platform's sections in the tree with the platforms that they apply to. */
function withPlatforms(tree: SchemaNode, platforms: readonly PlatformDefinition[]): SchemaNode {
  const restrict = (path: readonly string[], names: readonly string[]) => {
    if (names.length === platforms.length) return;
    const node = path.reduce<SchemaNode | undefined>((inner, key) => inner?.properties?.[key], tree);
    if (node === undefined) throw new Error(`there is no setting ${path.join(".")}`);
    Object.assign(node, { appliesTo: [onlyWith("platform", names), ...(node.appliesTo ?? [])] });
  };
  const withSection = (key: string) => platforms.filter(({ settings }) => key in settings);
  for (const key of new Set(platforms.flatMap(({ settings }) => Object.keys(settings)))) {
    restrict(
      [key],
      withSection(key).map(({ name }) => name),
    );
  }
  for (const path of new Set(platforms.flatMap(({ ineffective = [] }) => ineffective))) {
    const [section = "", ...rest] = path.split(".");
    const effective = withSection(section).filter(({ ineffective = [] }) => !ineffective.includes(path));
    restrict(
      [section, ...rest],
      effective.map(({ name }) => name),
    );
  }
  return tree;
}

/** The settings of an environment, for a set of platforms. */
export interface EnvironmentSettings {
  readonly tree: SchemaNode;
  /** Checks everything. @param secretKeys Top-level keys that hold a secret somewhere. */
  settings(surroundings: Surroundings, secretKeys: ReadonlySet<string>): Settings<EnvironmentSchema>;
}

/** Builds the settings of an environment from all capabilities and these platforms. */
export function environmentSettings(platforms: readonly PlatformDefinition[]): EnvironmentSettings {
  const schema = schemaOf(platforms as typeof PLATFORMS) as unknown as EnvironmentSchema;
  const tree = withPlatforms(treeOf(schema), platforms);
  const capabilities: readonly Capability[] = CAPABILITIES;
  const platformOf = (config: Partially<ParsedEnvironment>) => platforms.find(({ name }) => name === config.platform);
  return {
    tree,
    settings: (surroundings, secretKeys) => ({
      schema,
      tree,
      secretKeys,
      secretSettings: SECRET_SETTINGS,
      fill: (config) => {
        const facts = platformOf(config)?.facts;
        if (facts === undefined) return config;
        return Object.assign({}, config, ...capabilities.map((capability) => capability.fill?.(config, facts) ?? {}));
      },
      check: (config, raw) => {
        const platform = platformOf(config);
        const context: RuleContext = {
          ...surroundings,
          raw,
          platform: platform === undefined ? undefined : { ...platform.facts, name: platform.name },
        };
        return [
          ...namespaceRules(config),
          ...[...capabilities, ...(platform === undefined ? [] : [platform])].flatMap(
            (part) => part.rules?.(config, context) ?? [],
          ),
          ...chartsRules(config),
          ...strayTokens(raw),
          ...versionRules(config, platform),
        ];
      },
    }),
  };
}

/** `destroy` deletes the namespace with everything in it, so it must belong only to the environment. */
function namespaceRules({ namespace }: Partially<ParsedEnvironment>): Problem[] {
  const shared = namespace === "default" || namespace === "istio-system" || namespace?.startsWith("kube-");
  const message = `${show(namespace)} belongs to the cluster, and destroy would delete it; write another name such as llm-d`;
  return shared ? [problem(["namespace"], message)] : [];
}

/** Checks that the versions fit each other and the Kubernetes version of a new cluster. */
function versionRules(config: Partially<ParsedEnvironment>, platform: PlatformDefinition | undefined): Problem[] {
  const { lane, versions, charts } = config;
  if (lane === undefined || versions === undefined || charts?.overrides === undefined) return [];
  const resolved = resolveVersions(config as ParsedEnvironment);
  return [
    ...checkCompatibility(resolved),
    ...checkFailureMode(resolved, config.endpointPicker?.failureMode),
    ...checkKubernetes(resolved, platform?.kubernetes?.(config)),
  ];
}

/** In any other setting, a token would be in plain text in the settings file, the state and the cluster. */
function strayTokens(value: unknown, path: Path = []): Problem[] {
  if (typeof value === "string") {
    const message =
      "contains a text that looks like a Hugging Face token; remove it, revoke it, and run: pulumi config set --secret llm-d:huggingFaceToken";
    return value.search(TOKEN_LIKE) < 0 ? [] : [problem(path, message)];
  }
  if (!isObject(value)) return [];
  const at = (key: string): PropertyKey => (Array.isArray(value) ? Number(key) : key);
  return Object.entries(value).flatMap(([key, inner]) => strayTokens(inner, [...path, at(key)]));
}
