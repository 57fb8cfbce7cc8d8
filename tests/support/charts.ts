import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import * as z from "zod";

/** The project's folder. */
export const ROOT = path.resolve(__dirname, "..", "..");

/** The stand-in for the model chart. */
export const STAND_IN = path.join(ROOT, "local", "charts", "llm-d-modelservice");

/** Values and schema of the charts that no package registry carries; beside the checkout, where there is such a folder. */
export const REFERENCE_CHARTS = path.resolve(ROOT, "..", "shared", "charts");

/** The folder of a Go module that one of the tool modules requires, or what keeps it from being found. */
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

/** What a chart's values.schema.json has against values. */
export function refusals(chart: string, values: unknown): string[] {
  const schema = JSON.parse(fs.readFileSync(path.join(chart, "values.schema.json"), "utf8")) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  const result = z.fromJSONSchema(schema).safeParse(values);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

/** Every dotted path of an object that leads to something other than an object; lists count as one. */
export function leaves(value: unknown, prefix: string[] = []): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  const entries = Object.entries(value);
  return entries.length === 0 ? [prefix] : entries.flatMap(([key, inner]) => leaves(inner, [...prefix, key]));
}

/** Whether a chart's values have a path, or end above it in an object or list that is free to be filled in. */
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
