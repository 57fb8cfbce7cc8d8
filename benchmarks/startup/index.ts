import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { build, type Plugin } from "esbuild";
import { ensureToolchain } from "../../local/toolchain";
import { PROJECT_ROOT } from "../../local/state";
import { eksMirror } from "../../local/eksMirror";
import { percentile } from "../../validation/statistics";
import type { BenchmarkOptions, StartupRow } from "../results";
import { type ProgramCost, type ProgramStart, runProgram, settingsOf } from "./programRun";

/** Time limit of one run. A type check takes half a minute on a busy machine. */
const TIMEOUT_MS = 180_000;

/** A small program with the same providers. It imports whole packages, or only the modules that it uses. */
const IMPORTS = {
  whole: `
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
new aws.iam.Role("role", { assumeRolePolicy: "{}" });
new k8s.core.v1.Namespace("namespace");
`,
  narrow: `
import { Vpc } from "@pulumi/aws/ec2/vpc";
import { Role } from "@pulumi/aws/iam/role";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
new Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
new Role("role", { assumeRolePolicy: "{}" });
new Namespace("namespace");
`,
} as const;

interface Variant {
  readonly name: string;
  readonly start: Omit<ProgramStart, "timeoutMs">;
  readonly settings: Readonly<Record<string, string>>;
}

/** Keeps `__dirname` in a bundle: each file finds the files next to it in the project. */
const OWN_FOLDERS: Plugin = {
  name: "own folders",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const text = await fs.promises.readFile(file, "utf8");
      return { contents: text.replaceAll("__dirname", JSON.stringify(path.dirname(file))), loader: "ts" };
    });
  },
};

/** The ways to start a program. The files that they need are created in the folder. */
async function variants(folder: string): Promise<readonly Variant[]> {
  const mirror = eksMirror(await ensureToolchain(["charts"], { quiet: true }), path.join(folder, "mirror"));
  const settings = {
    ...settingsOf(path.join(PROJECT_ROOT, "Pulumi.dev.yaml")),
    "llm-d:charts": JSON.stringify({ mirror }),
    "llm-d:huggingFaceToken": "hf_theBenchmarkDownloadsNothing",
  };
  const index = path.join(PROJECT_ROOT, "index.ts");
  const bundle = path.join(folder, "stacks", "bundle.cjs");
  await build({
    entryPoints: [index],
    plugins: [OWN_FOLDERS],
    outfile: bundle,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
  });
  // The bundle resolves external packages from its own folder.
  fs.symlinkSync(path.join(PROJECT_ROOT, "node_modules"), path.join(folder, "node_modules"));
  const program = (name: string, start: Variant["start"]): Variant => ({ name, start, settings });
  const imports = (style: keyof typeof IMPORTS, typeCheck: boolean): Variant => {
    const entry = path.join(folder, `${style}.ts`);
    fs.writeFileSync(entry, IMPORTS[style]);
    const name = `${style} imports, ${typeCheck ? "types checked" : "transpile only"}`;
    return { name, start: { entry, typescript: true, typeCheck }, settings: {} };
  };
  return [
    program("dev stack, as shipped (start.cjs)", { entry: path.join(PROJECT_ROOT, "start.cjs"), typescript: false }),
    program("dev stack, ts-node, transpile only", { entry: index, typescript: true, typeCheck: false }),
    program("dev stack, ts-node, types checked", { entry: index, typescript: true, typeCheck: true }),
    program("dev stack, one bundle made before", { entry: bundle, typescript: false }),
    imports("whole", false),
    imports("narrow", false),
    imports("whole", true),
    imports("narrow", true),
  ];
}

/** Measures the start of the program, alternating between several ways to start it. */
export async function benchmarkStartup({ short, log, onRows }: BenchmarkOptions<"startup">): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-startup-"));
  try {
    const all = await variants(folder);
    const costs = new Map(all.map(({ name }): [string, ProgramCost[]] => [name, []]));
    for (let round = 0; round < (short ? 1 : 5); round++) {
      for (const { name, start, settings } of all) {
        // A type check is ten times slower. Two runs show that well enough.
        if (start.typeCheck === true && round >= 2) continue;
        const secrets = ["llm-d:huggingFaceToken"];
        costs.get(name)?.push(await runProgram(PROJECT_ROOT, { ...start, timeoutMs: TIMEOUT_MS }, settings, secrets));
      }
    }
    const rows = [...costs].map(([variant, runs]): StartupRow => {
      const median = (of: (cost: ProgramCost) => number): number => percentile(runs.map(of), 0.5);
      const row = {
        variant,
        wallS: median((cost) => cost.lastResourceS),
        cpuS: median((cost) => cost.cpuS),
        peakMiB: median((cost) => cost.peakMiB),
        resources: median((cost) => cost.resources),
        runs: runs.length,
      };
      log(`  ${variant}: ${row.wallS.toFixed(1)} s, CPU ${row.cpuS.toFixed(1)} s, ${row.peakMiB.toFixed(0)} MiB`);
      return row;
    });
    onRows(rows);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
