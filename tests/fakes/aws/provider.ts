import * as crypto from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { AwsError, FakeError } from "./errors";
import { RULES, type TypeRules } from "./rules";
import { checkInputs, type Refusal, type TypeSchema, typeSchema, UNKNOWN } from "./schema";
import { at, type Fault, type Props, type Resource, type World } from "./world";

/** Lists the inputs that the provider has chosen. The real provider's bridge does the same. */
const DEFAULTS = "__defaults";

/** The result of a diff. */
export interface Difference {
  readonly changed: string[];
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
}

/** A resource as the engine stores it. */
export interface Kept {
  readonly id: string;
  readonly outputs: Props;
}

function knowledge(type: string): { rules: TypeRules; schema: TypeSchema } {
  const rules = RULES[type];
  const schema = typeSchema(type);
  if (rules === undefined || schema === undefined) {
    throw new FakeError(`the fake AWS provider does not know the resource type ${type}`);
  }
  return { rules, schema };
}

function isAutonamed(inputs: Props, name: string): boolean {
  return Array.isArray(inputs[DEFAULTS]) && inputs[DEFAULTS].includes(name);
}

/** Whether a value is unknown in a preview, or contains an unknown value. */
function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === UNKNOWN;
  return Object.values(value).some(hasUnknown);
}

/** Adds what AWS computes inside input objects. */
function withComputed({ computed = [] }: TypeRules, outputs: Props, value: (path: string) => unknown): Props {
  return computed.reduce<Props>((result, path) => {
    const [name = "", key = ""] = path.split(".");
    return { ...result, [name]: { ...(result[name] as Props | undefined), [key]: value(path) } };
  }, outputs);
}

/** The provider's operations on a world. Independent of gRPC and of the state file. */
export class AwsProvider {
  /** @param defaultTags tags that every resource gets besides its own */
  constructor(readonly defaultTags: Props = {}) {}

  /** Adds defaults to the inputs and validates them. */
  check(
    type: string,
    name: string,
    olds: Props,
    news: Props,
    seed: Uint8Array,
  ): { inputs: Props; refusals: Refusal[] } {
    const { rules, schema } = knowledge(type);
    const inputs = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
    const { autoname } = rules;
    if (autoname !== undefined && inputs[autoname] === undefined) {
      const digits = Buffer.from(seed.length > 0 ? seed : crypto.randomBytes(8)).toString("hex");
      const prefix = inputs[`${autoname}Prefix`];
      const kept = isAutonamed(olds, autoname) && prefix === undefined ? olds[autoname] : undefined;
      const fresh =
        prefix === undefined ? `${name}-${digits.slice(0, 7)}` : `${prefix as string}${digits.slice(0, 12)}`;
      inputs[autoname] = kept ?? (type === "aws:kms/alias:Alias" ? `alias/${fresh}` : fresh);
      inputs[DEFAULTS] = [autoname];
    }
    return { inputs, refusals: checkInputs(schema, inputs) };
  }

  /** The inputs that change, and those whose change replaces the resource. */
  diff(type: string, oldInputs: Props, olds: Props, news: Props): Difference {
    const { rules, schema } = knowledge(type);
    const { [DEFAULTS]: _, ...before } = oldInputs;
    const names = new Set([...Object.keys(before), ...Object.keys(news)].filter((name) => name !== DEFAULTS));
    const changed = [...names].filter((name) => !isDeepStrictEqual(before[name], news[name]));
    const replaces = ["region", ...rules.immutable].filter((path) => {
      const top = path.split(".")[0] ?? path;
      return changed.includes(top) && !isDeepStrictEqual(at(before, path), at(news, path));
    });
    const tags = this.allTags(news);
    if (schema.outputs.has("tagsAll") && !hasUnknown(tags) && !isDeepStrictEqual(tags, olds.tagsAll ?? {})) {
      changed.push("tagsAll");
    }
    const { autoname } = rules;
    const sameName =
      autoname !== undefined && !isAutonamed(news, autoname) && isDeepStrictEqual(before[autoname], news[autoname]);
    return { changed, replaces, deleteBeforeReplace: replaces.length > 0 && sameName };
  }

  /** The outputs in the preview of a creation. */
  previewCreate(type: string, inputs: Props, region: string): Props {
    const { rules, schema } = knowledge(type);
    const computed = [...schema.outputs].filter((name) => inputs[name] === undefined);
    const outputs = {
      ...Object.fromEntries(computed.map((name) => [name, UNKNOWN])),
      ...this.shown(type, inputs, region),
    };
    return withComputed(rules, outputs, () => UNKNOWN);
  }

  /** The outputs in the preview of an update. */
  previewUpdate(type: string, olds: Props, inputs: Props, region: string): Props {
    const { rules } = knowledge(type);
    const volatile = Object.fromEntries((rules.volatile ?? []).map((name) => [name, UNKNOWN]));
    const outputs = { ...olds, ...this.shown(type, inputs, region), ...volatile };
    return withComputed(rules, outputs, (path) => at(olds, path));
  }

  create(world: World, type: string, inputs: Props): Kept {
    const { rules } = knowledge(type);
    return this.explain("creating", rules, String(inputs[rules.autoname ?? ""] ?? ""), () => {
      rules.unique?.(world, inputs);
      rules.validate?.(world, inputs);
      const id = rules.id(world, inputs);
      const outputs = { ...this.shown(type, inputs, world.region), ...rules.outputs?.(world, inputs, id) };
      world.remove(type, id);
      world.add({
        type,
        id,
        inputs,
        outputs,
        ...(rules.volatile?.includes("latestVersion") ? { versions: [inputs] } : {}),
      });
      return { id, outputs };
    });
  }

  /** The resource; undefined when it does not exist. */
  read(world: World, type: string, id: string): Resource | undefined {
    knowledge(type);
    return world.get(type, id);
  }

  update(world: World, type: string, id: string, inputs: Props): Kept {
    const { rules } = knowledge(type);
    return this.explain("updating", rules, id, () => {
      const self = world.get(type, id);
      if (self === undefined) throw new FakeError("couldn't find resource");
      rules.validate?.(world, inputs, self);
      const outputs = { ...this.shown(type, inputs, world.region), ...rules.outputs?.(world, inputs, id, self) };
      self.inputs = inputs;
      self.outputs = outputs;
      self.versions?.push(inputs);
      return { id, outputs };
    });
  }

  /** Deletes a resource. A resource that does not exist is no error, as with the real provider. */
  delete(world: World, type: string, id: string): void {
    const { rules } = knowledge(type);
    this.explain("deleting", rules, id, () => {
      const self = world.get(type, id);
      if (self === undefined) return;
      rules.remove?.(world, self);
      world.remove(type, id);
    });
  }

  /** The error message that a test has injected, or undefined. */
  fault(world: World, type: string, operation: Fault["operation"]): string | undefined {
    const fault = world.state.faults.find((one) => one.type === type && one.operation === operation && one.times > 0);
    if (fault !== undefined) fault.times--;
    return fault?.message;
  }

  private allTags(inputs: Props): Props {
    return { ...this.defaultTags, ...(typeof inputs.tags === "object" ? (inputs.tags as Props) : {}) };
  }

  private shown(type: string, inputs: Props, region: string): Props {
    const { schema } = knowledge(type);
    const { [DEFAULTS]: _, ...outputs } = inputs;
    if (schema.outputs.has("region")) outputs.region = inputs.region ?? region;
    if (schema.outputs.has("tagsAll")) outputs.tagsAll = inputs.tags === UNKNOWN ? UNKNOWN : this.allTags(inputs);
    return outputs;
  }

  private explain<T>(verb: string, rules: TypeRules, id: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof AwsError || error instanceof FakeError) {
        error.message = `${verb} ${rules.label}${id === "" ? "" : ` (${id})`}: ${error.message}`;
      }
      throw error;
    }
  }
}
