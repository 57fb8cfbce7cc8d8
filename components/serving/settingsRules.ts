import { formatPath, type Path, problem, type Problem, show } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import { CANARY_SUFFIX } from "../naming";
import { type ParsedModel, RESERVED_ARGUMENTS, WIRED_ARGUMENTS } from "./settings";

/** First path segments of the model server's API. A model with such an id would hide them from the model without id. */
const RESERVED_IDS: readonly string[] = [
  ...["v1", "v2", "health", "ping", "load", "metrics", "version", "docs", "redoc", "tokenize", "detokenize"],
  ...["pooling", "classify", "score", "rerank", "invocations"],
];

/** Checks that names and ids are unique, and that no argument contradicts a setting. */
export function modelsRules({ models }: Partially<{ models: ParsedModel[] }>): Problem[] {
  const problems: Problem[] = [];
  const firstByName = new Map<string, number>();
  const firstById = new Map<string | undefined, number>();
  list(models).forEach((model, index) => {
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
            `${show(name)} is also the name of models[${first}]; write another name, because clients choose the model by it`,
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
          `is missing, and models[${first}] has none either; write an id, because only one model may have none`,
        ),
      );
    } else {
      problems.push(problem(at("id"), `${show(id)} is also the id of models[${first}]; write another id`));
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
    return [problem(path, `${show(id)} is a path of the model server's API (/${id}); write another id`)];
  }
  if (id === CANARY_SUFFIX || id.endsWith(`-${CANARY_SUFFIX}`)) {
    return [
      problem(path, `${show(id)} would give this model the resource names of another model's canary; write another id`),
    ];
  }
  if (id.includes("llm-d-modelservice")) {
    // The chart omits its name from resource names if the release name already contains it.
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
      `is missing, and the name ${show(name)} is not a Hugging Face repository (ORG/REPO); write hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO`,
    ),
  ];
}

function rolloutRules({ rollout }: Partially<ParsedModel>, path: Path): Problem[] {
  return rollout?.maxUnavailable === 0 && rollout.maxSurge === 0
    ? [
        problem(
          path,
          "lets an update neither remove nor add a replica, so no update ever begins; write maxUnavailable: 1, or maxSurge: 1 if GPUs are free",
        ),
      ]
    : [];
}

function argumentRules(
  { extraArgs }: Pick<Partially<ParsedModel>, "extraArgs">,
  at: (...rest: PropertyKey[]) => Path,
  settingAt = at,
): Problem[] {
  return list(extraArgs).flatMap((argument, index): Problem[] => {
    if (typeof argument !== "string" || !argument.startsWith("-")) {
      return [];
    }
    const path = at("extraArgs", index);
    const written = argument.split(/[=\s]/, 1)[0] ?? argument;
    // vLLM reads underscores as dashes, and --no-X as the opposite of --X.
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
      return [problem(path, `${show(written)} is set by the chart; remove it`)];
    }
    if (/^--[^\s=]+\s/.test(argument)) {
      return [problem(path, `${show(argument)} is two arguments in one item; write two items, or ${written}=VALUE`)];
    }
    return [];
  });
}
