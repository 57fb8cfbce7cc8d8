import { CANARY_SUFFIX } from "../components/naming";
import { autoscalingRules } from "../components/autoscaling/settingsRules";
import { awsRules } from "./platforms/eks/settingsRules";
import { clusterRules } from "./platforms/clusterRules";
import type { ParsedEnvironment, ParsedModel } from "./environmentSchema";
import { gatewayRules } from "../components/gateway/settingsRules";
import { gpuRules } from "../components/gpu/settingsRules";
import { monitoringRules } from "../monitoring/settingsRules";
import { RESERVED_ARGUMENTS, WIRED_ARGUMENTS } from "../components/serving/settings";
import { formatPath, type Path, problem, type Problem, show, TOKEN_LIKE } from "../settings/problems";
import { validationRules } from "../validation/settingsRules";

/** A configuration of which any part may be missing because it was wrong. */
export type Partially<T> = T extends (infer U)[]
  ? (Partially<U> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Partially<T[K]> }
    : T;

type Environment = Partially<ParsedEnvironment>;

/** First path segments that the model server answers itself; an id of that name would take them from the model without id. */
const RESERVED_IDS: readonly string[] = [
  ...["v1", "v2", "health", "ping", "load", "metrics", "version", "docs", "redoc", "tokenize", "detokenize"],
  ...["pooling", "classify", "score", "rerank", "invocations"],
];

/** The switch without which istiod does nothing with an InferencePool. The program always sets it. */
export const PILOT_SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

/** What the rules may know beside the configuration itself. */
export interface RuleOptions {
  fileExists?(file: string): boolean;
  defaultName?: string;
}

/** Checks the rules that tie several fields together. `raw` is what was written, for what the schema drops. */
export function checkRules(config: Environment, raw: unknown, options: RuleOptions): Problem[] {
  return [
    ...namespaceRules(config),
    ...modelsRules(config),
    ...gatewayRules(config),
    ...endpointPickerRules(config),
    ...clusterRules(config, raw, options.fileExists?.bind(options)),
    ...awsRules(config, raw, options.defaultName),
    ...gpuRules(config, raw),
    ...istioRules(config),
    ...monitoringRules(config, raw),
    ...autoscalingRules(config, raw),
    ...chartsRules(config),
    ...validationRules(config),
    ...strayTokens(raw),
  ];
}

/** `destroy` deletes the namespace with everything in it, so it has to be one of the environment's own. */
function namespaceRules({ namespace }: Environment): Problem[] {
  const shared = namespace === "default" || namespace === "istio-system" || namespace?.startsWith("kube-");
  return shared
    ? [
        problem(
          ["namespace"],
          `${show(namespace)} belongs to the cluster, and destroy would delete it; write a name of its own such as llm-d`,
        ),
      ]
    : [];
}

function modelsRules({ models }: Environment): Problem[] {
  const problems: Problem[] = [];
  const firstByName = new Map<string, number>();
  const firstById = new Map<string | undefined, number>();
  (Array.isArray(models) ? models : []).forEach((model, index) => {
    if (typeof model !== "object" || model === null) {
      return;
    }
    const at = (...rest: PropertyKey[]): Path => ["models", index, ...rest];
    const { id, name } = model;
    if (name !== undefined) {
      const first = firstByName.get(name);
      if (first === undefined) {
        firstByName.set(name, index);
      } else {
        problems.push(
          problem(
            at("name"),
            `${show(name)} is also the name of models[${first}]; write a name of its own, clients choose by it`,
          ),
        );
      }
    }
    const first = firstById.get(id);
    if (first === undefined) {
      firstById.set(id, index);
    } else if (id === undefined) {
      problems.push(
        problem(
          at("id"),
          `is missing, and models[${first}] has none either; write an id, only one model may go without`,
        ),
      );
    } else {
      problems.push(problem(at("id"), `${show(id)} is also the id of models[${first}]; write an id of its own`));
    }
    problems.push(
      ...idRules(id, at("id")),
      ...uriRules(model, at("uri")),
      ...argumentRules(model, at),
      ...rolloutRules(model, at("rollout")),
      ...argumentRules(model.canary ?? {}, (...rest) => at("canary", ...rest), at),
    );
  });
  return problems;
}

function idRules(id: string | undefined, path: Path): Problem[] {
  if (id === undefined) {
    return [];
  }
  if (RESERVED_IDS.includes(id)) {
    return [problem(path, `${show(id)} is a path that the model server itself answers (/${id}); write another id`)];
  }
  if (id === CANARY_SUFFIX || id.endsWith(`-${CANARY_SUFFIX}`)) {
    return [
      problem(path, `${show(id)} would give this model the resource names of another's canary; write another id`),
    ];
  }
  if (id.includes("llm-d-modelservice")) {
    // The chart leaves its own name out of resource names when the release's name holds it already.
    return [
      problem(path, `${show(id)} would give this model the resource names of the model without id; write another id`),
    ];
  }
  return [];
}

function uriRules({ uri, name }: Partially<ParsedModel>, path: Path): Problem[] {
  if (uri !== undefined || name === undefined || /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(name)) {
    return [];
  }
  return [
    problem(
      path,
      `is missing, and the name ${show(name)} is no Hugging Face repository (ORG/REPO) to take it from; write hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO`,
    ),
  ];
}

function rolloutRules({ rollout }: Partially<ParsedModel>, path: Path): Problem[] {
  return rollout?.maxUnavailable === 0 && rollout.maxSurge === 0
    ? [
        problem(
          path,
          "lets no replica go and none come beside, so that no update ever begins; write maxUnavailable: 1, or maxSurge: 1 where GPUs are free",
        ),
      ]
    : [];
}

function argumentRules(
  { extraArgs }: Pick<Partially<ParsedModel>, "extraArgs">,
  at: (...rest: PropertyKey[]) => Path,
  settingAt = at,
): Problem[] {
  return (Array.isArray(extraArgs) ? extraArgs : []).flatMap((argument, index): Problem[] => {
    if (typeof argument !== "string" || !argument.startsWith("-")) {
      return [];
    }
    const path = at("extraArgs", index);
    const written = argument.split(/[=\s]/, 1)[0] ?? argument;
    // vLLM takes underscores for dashes, and --no-X for the opposite of --X.
    const name = written.replaceAll("_", "-").replace(/^--no-/, "--");
    const setting = RESERVED_ARGUMENTS[name];
    if (setting !== undefined) {
      return [
        problem(
          path,
          `${show(written)} is set from ${formatPath(settingAt(setting))}; remove it and set that key instead`,
        ),
      ];
    }
    if (WIRED_ARGUMENTS.includes(name)) {
      return [problem(path, `${show(written)} follows from how the pods are wired; remove it`)];
    }
    if (/^--[^\s=]+\s/.test(argument)) {
      return [problem(path, `${show(argument)} is two arguments in one item; write two items, or ${written}=VALUE`)];
    }
    return [];
  });
}

function endpointPickerRules({ endpointPicker }: Environment): Problem[] {
  const problems: Problem[] = [];
  const weights = Object.values(endpointPicker?.weights ?? { none: 1 });
  if (weights.length > 0 && weights.every((weight) => weight === 0)) {
    problems.push(
      problem(["endpointPicker", "weights"], "are all 0, so that no scorer counts; write at least one above 0"),
    );
  }
  const replicas = endpointPicker?.replicas ?? 1;
  if (replicas > 1) {
    // With several, the chart has them elect a leader, and only the leader's readiness probe succeeds (v1.3.1).
    problems.push(
      problem(
        ["endpointPicker", "replicas"],
        `${show(replicas)} never all become ready, because only the active one answers its probe, and the release would ` +
          `wait for them in vain; write 1`,
      ),
    );
  }
  return problems;
}

/** Istio's images and the switch for the Inference Extension are the program's to set. */
function istioRules({ istio }: Environment): Problem[] {
  const problems: Problem[] = [];
  const values = record(istio?.values);
  for (const section of [[], ["pilot"]]) {
    const env = record(record(section.reduce<unknown>((inner, key) => record(inner)[key], values))["env"]);
    const value = env[PILOT_SWITCH];
    if (value !== undefined && String(value) !== "true") {
      problems.push(
        problem(
          ["istio", "values", ...section, "env", PILOT_SWITCH],
          `${show(value)} would make istiod ignore every InferencePool; remove it, the program sets it to "true"`,
        ),
      );
    }
  }
  for (const section of ["global", "pilot"]) {
    for (const key of ["hub", "tag"]) {
      if (record(values[section])[key] !== undefined) {
        problems.push(
          problem(
            ["istio", "values", section, key],
            `names an image outside the table of versions; remove it and set versions.istio or versions.images.pilot.${key}`,
          ),
        );
      }
    }
  }
  return problems;
}

function chartsRules({ charts }: Environment): Problem[] {
  return Object.entries(charts?.overrides ?? {}).flatMap(([name, override]): Problem[] => {
    const { chart, repository } = override ?? {};
    if (chart === undefined || repository === undefined || !(chart.includes("/") || chart.endsWith(".tgz"))) {
      return [];
    }
    return [
      problem(
        ["charts", "overrides", name, "repository"],
        `${show(repository)} has no effect beside the chart ${show(chart)}, which says where it is; remove one of them`,
      ),
    ];
  });
}

/** A token anywhere else would end in plain text in the settings file, the state and the cluster. */
function strayTokens(value: unknown, path: Path = []): Problem[] {
  if (typeof value === "string") {
    return value.search(TOKEN_LIKE) < 0
      ? []
      : [
          problem(
            path,
            "holds what looks like a Hugging Face token; remove it, revoke it, and run: pulumi config set --secret llm-d:huggingFaceToken",
          ),
        ];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => strayTokens(item, [...path, index]));
  }
  return Object.entries(record(value)).flatMap(([key, inner]) => strayTokens(inner, [...path, key]));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
