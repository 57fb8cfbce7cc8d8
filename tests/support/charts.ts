import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import * as z from "zod";

/** The project's folder. */
export const ROOT = path.resolve(__dirname, "..", "..");

/** The local replacement of the model chart. */
export const LOCAL_MODEL_CHART = path.join(ROOT, "local", "charts", "llm-d-modelservice");

/** Values and schemas of charts that no package registry has. The folder is next to the checkout, and may be missing. */
export const REFERENCE_CHARTS = path.resolve(ROOT, "..", "shared", "charts");

/** The folder of a Go module that a tool module requires, or the reason why it cannot be found. */
export function goModule(toolModule: "cluster" | "serving", module: string): { dir: string } | { missing: string } {
  const cwd = path.join(ROOT, "local", "toolchain", "modules", toolModule);
  if (!fs.existsSync(cwd)) return { missing: `there is no tool module ${toolModule}` };
  const { error, status, stdout } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", module], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-mod=readonly", GOPROXY: "off" },
  });
  if (error !== undefined) return { missing: "go is not installed" };
  const dir = stdout.trim();
  return status === 0 && dir !== "" ? { dir } : { missing: `${module} has not been downloaded` };
}

/** A YAML file's content. */
export function readYaml(...file: string[]): unknown {
  return parse(fs.readFileSync(path.join(...file), "utf8")) as unknown;
}

/** The errors of values against a chart's values.schema.json. */
export function refusals(chart: string, values: unknown): string[] {
  const schema = JSON.parse(fs.readFileSync(path.join(chart, "values.schema.json"), "utf8")) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  const result = z.fromJSONSchema(schema).safeParse(values);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

/** The path of every leaf of an object. A list is one leaf, and so is an empty object. */
export function leaves(value: unknown, prefix: string[] = []): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  const entries = Object.entries(value);
  return entries.length === 0 ? [prefix] : entries.flatMap(([key, inner]) => leaves(inner, [...prefix, key]));
}

/** Whether a chart's values have a path, or have an empty object or a list above it, which users may fill in. */
export function hasPath(values: unknown, [key, ...rest]: string[]): boolean {
  if (key === undefined) return true;
  if (typeof values !== "object" || values === null || Array.isArray(values)) return false;
  if (Object.keys(values).length === 0) return true;
  return key in values && hasPath((values as Record<string, unknown>)[key], rest);
}

/** The text of all templates of a chart. */
export function templates(chart: string): string {
  const folder = path.join(chart, "templates");
  return fs
    .readdirSync(folder)
    .map((name) => fs.readFileSync(path.join(folder, name), "utf8"))
    .join("\n");
}
