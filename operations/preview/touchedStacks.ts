/**
 * Which stacks a change touches, as a JSON list, for the workflows:
 *
 *     git diff --name-only main...HEAD | node -r ts-node/register/transpile-only operations/preview/touchedStacks.ts
 *     node -r ts-node/register/transpile-only operations/preview/touchedStacks.ts --all
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** A stack that is run somewhere: its name, and what it runs on. */
export interface StackFile {
  readonly name: string;
  readonly platform: string;
}

/** What no stack is made from: tests, pages, tools, and the environment that every machine has of its own. */
const NOT_DEPLOYED =
  /^(tests|docs|local|\.github|\.ci|examples|plugin)\/|\.md$|^(Makefile|LICENSE|renovate\.json|\.[^/]*)$/;

/** What stacks of platform eks alone are made from. */
const EKS_ONLY = /^stacks\/platforms\/eks\//;

/** A stack's own settings. */
const SETTINGS = /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/;

/** The names of the stacks that a change of files touches. What is not known to be harmless touches all of them. */
export function touchedStacks(changed: readonly string[], stacks: readonly StackFile[]): string[] {
  const touches = (file: string, { name, platform }: StackFile): boolean => {
    const own = SETTINGS.exec(file)?.[1];
    if (own !== undefined) return own === name;
    if (NOT_DEPLOYED.test(file)) return false;
    return !EKS_ONLY.test(file) || platform === "eks";
  };
  return stacks.filter((stack) => changed.some((file) => touches(file, stack))).map(({ name }) => name);
}

/** The stacks that have settings in a folder. The embedded environment is nobody's to update but its machine's. */
export function stackFiles(folder: string): StackFile[] {
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((file): StackFile[] => {
      const name = SETTINGS.exec(file)?.[1];
      if (name === undefined) return [];
      const { config } = parse(fs.readFileSync(path.join(folder, file), "utf8")) as {
        config?: Record<string, unknown>;
      };
      const platform = String(config?.["llm-d:platform"]);
      return platform === "local" ? [] : [{ name, platform }];
    });
}

if (require.main === module) {
  const stacks = stackFiles(path.resolve(__dirname, "..", ".."));
  const touched = process.argv.includes("--all")
    ? stacks.map(({ name }) => name)
    : touchedStacks(fs.readFileSync(0, "utf8").split("\n").filter(Boolean), stacks);
  console.log(JSON.stringify(touched));
}
