import * as fs from "node:fs";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { installMoto } from "./moto";

/** The part of a shape in botocore's API models that is checked. */
interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

/** Members that the provider names differently: `<shape>.<provider's name>` to the API's name. */
export type Renames = Readonly<Record<string, string>>;

/**
 * The requests of an AWS API, from botocore's model. botocore comes with moto.
 *
 * @throws MotoUnavailable when moto cannot be installed
 */
export class ApiModel {
  private constructor(
    private readonly shapes: Readonly<Record<string, Shape>>,
    private readonly renames: Renames,
  ) {}

  /** @param service folder and version, for example `eks/2017-11-01` */
  static async load(service: string, renames: Renames): Promise<ApiModel> {
    const lib = path.join(await installMoto(), "lib");
    const [python = ""] = fs.readdirSync(lib).filter((entry) => entry.startsWith("python"));
    const file = path.join(lib, python, "site-packages", "botocore", "data", service, "service-2.json.gz");
    const model = JSON.parse(zlib.gunzipSync(fs.readFileSync(file)).toString("utf8")) as {
      shapes: Record<string, Shape>;
    };
    return new ApiModel(model.shapes, renames);
  }

  /**
   * Checks the provider's inputs as a request of the API: unknown and missing members, wrong types, values outside their enum or
   * bounds.
   *
   * @param ignored inputs that are not part of the request
   */
  problems(shape: string, inputs: Readonly<Record<string, unknown>>, ignored: readonly string[] = []): string[] {
    const sent = Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignored.includes(key)));
    return this.check(shape, sent, shape);
  }

  private check(name: string, value: unknown, where: string): string[] {
    const shape = this.shapes[name];
    if (shape === undefined) return [`${where}: the API has no shape ${name}`];
    switch (shape.type) {
      case "structure":
        return this.checkStructure(name, shape, value, where);
      case "list":
        return this.checkList(shape, value, where);
      case "map":
        return Object.entries(asObject(value)).flatMap(([key, inner]) => [
          ...this.check(shape.key?.shape ?? "", key, `${where} key ${key}`),
          ...this.check(shape.value?.shape ?? "", inner, `${where}.${key}`),
        ]);
      case "boolean":
        // The provider declares some booleans as strings.
        return [true, false, "true", "false"].includes(value as boolean)
          ? []
          : [`${where}: ${String(value)} is no flag`];
      case "integer":
      case "long":
        return typeof value === "number" && Number.isInteger(value)
          ? bounds(shape, value, where)
          : [`${where}: ${String(value)} is no whole number`];
      case "string":
        return typeof value === "string" ? checkText(shape, value, where) : [`${where}: ${String(value)} is no text`];
      default:
        return [`${where}: ${shape.type} is not looked at`];
    }
  }

  private checkStructure(name: string, shape: Shape, value: unknown, where: string): string[] {
    const given = asObject(value);
    const named = Object.entries(given).map(([key, inner]) => [this.apiName(name, shape, key), inner] as const);
    const missing = (shape.required ?? []).filter((member) => !named.some(([key]) => key === member));
    return [
      ...missing.map((member) => `${where}: ${member} is missing`),
      ...named.flatMap(([key, inner]) => {
        const member = shape.members?.[key];
        return member === undefined
          ? [`${where}: the API has no ${key}`]
          : this.check(member.shape, inner, `${where}.${key}`);
      }),
    ];
  }

  private apiName(shapeName: string, shape: Shape, key: string): string {
    const renamed = this.renames[`${shapeName}.${key}`];
    if (renamed !== undefined) return renamed;
    const capital = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    return shape.members?.[key] === undefined && shape.members?.[capital] !== undefined ? capital : key;
  }

  private checkList(shape: Shape, value: unknown, where: string): string[] {
    const member = shape.member?.shape ?? "";
    // Tags are a list of pairs in EC2 and a map in the provider.
    const list = Array.isArray(value)
      ? (value as unknown[])
      : Object.entries(asObject(value)).map(([Key, Value]) => ({ Key, Value }));
    return [
      ...bounds(shape, list.length, `${where} (length)`),
      ...list.flatMap((inner, index) => this.check(member, inner, `${where}[${index}]`)),
    ];
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function bounds({ min, max }: Shape, value: number, where: string): string[] {
  return (min !== undefined && value < min) || (max !== undefined && value > max)
    ? [`${where}: ${value} is not from ${min ?? "any"} to ${max ?? "any"}`]
    : [];
}

function checkText(shape: Shape, value: string, where: string): string[] {
  if (shape.enum !== undefined && !shape.enum.includes(value)) return [`${where}: ${value} is not in the enum`];
  if (shape.pattern !== undefined && !new RegExp(shape.pattern, "u").test(value)) {
    return [`${where}: ${value} does not match ${shape.pattern}`];
  }
  return bounds(shape, value.length, `${where} (length)`);
}
