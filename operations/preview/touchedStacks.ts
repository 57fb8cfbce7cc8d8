/**
 * Prints the stacks that a change touches, as a JSON list, for the workflows:
 *
 *     git diff --name-only main...HEAD | node -r ./loader.cjs operations/preview/touchedStacks.ts
 *     node -r ./loader.cjs operations/preview/touchedStacks.ts --all
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROJECT_ROOT } from "../common/workspace";
import { PLATFORMS } from "../../stacks/platforms";

/** A stack with settings in the repository. */
export interface StackFile {
  readonly name: string;
  readonly platform: string;
}

/** Files that no stack is made from: tests, pages, tools and the embedded environment. */
const NOT_DEPLOYED =
  /^(tests|docs|local|\.github|\.ci|examples|plugin)\/|\.md$|^(Makefile|LICENSE|renovate\.json|\.[^/]*)$/;

/** A file of one platform. */
const PLATFORM_FILE = /^stacks\/platforms\/([^/]+)\//;

/** Platforms that nothing else uses: those with operations of their own. The folders of the others hold code for several platforms. */
export const OF_ONE_PLATFORM: readonly string[] = PLATFORMS.filter((one) => "operations" in one).map(
  ({ name }) => name,
);

/** A stack's own settings. */
const SETTINGS = /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/;

/** The names of the stacks that a change of files touches. A file that is not known to be harmless touches all stacks. */
export function touchedStacks(changed: readonly string[], stacks: readonly StackFile[]): string[] {
  const touches = (file: string, { name, platform }: StackFile): boolean => {
    const own = SETTINGS.exec(file)?.[1];
    if (own !== undefined) return own === name;
    if (NOT_DEPLOYED.test(file)) return false;
    const only = PLATFORM_FILE.exec(file)?.[1] ?? "";
    return !OF_ONE_PLATFORM.includes(only) || only === platform;
  };
  return stacks.filter((stack) => changed.some((file) => touches(file, stack))).map(({ name }) => name);
}

/** The stacks that have settings in a folder, without the embedded environment, which each machine has for itself. */
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
  const stacks = stackFiles(PROJECT_ROOT);
  const touched = process.argv.includes("--all")
    ? stacks.map(({ name }) => name)
    : touchedStacks(fs.readFileSync(0, "utf8").split("\n").filter(Boolean), stacks);
  console.log(JSON.stringify(touched));
}
