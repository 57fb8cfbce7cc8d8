import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkPrivileges } from "../local/prerequisites";
import { digest } from "../local/toolchain/files";
import { cacheDir, cacheLayout } from "../local/toolchain/paths";
import { type Counts, type Ended, execute, type Job, NOTHING, runJobs, slowestFiles, sum } from "./jobs";

/**
 * Runs every suite and sums up their counts. The last line is `N passed, N failed[, N skipped]`.
 * `run.ts [suite…]`: static, tools, unit, go, engine, e2e. Without an argument all of them run. See tests/README.md.
 */

const ROOT = path.resolve(__dirname, "..");
const SUITES = ["static", "tools", "unit", "go", "engine", "e2e"] as const;
type SuiteName = (typeof SUITES)[number];

/**
 * The seconds that all jobs of a suite may take together on two idle cores. A suite that takes longer is named at the end and does not
 * fail, because a busy machine is slow too.
 */
const SHARES: Readonly<Record<SuiteName, number>> = {
  // Both together are `make test-unit`, which takes three minutes with two jobs at a time.
  static: 150,
  unit: 200,
  // Building all programs takes a quarter of an hour.
  tools: 1200,
  go: 60,
  engine: 3600,
  e2e: 4800,
};

/** Loads the hooks that delete the shared environment at the end. */
const SHARED_ENVIRONMENT = ["--require", "./loader.cjs", "--require", "./tests/support/shared.ts"];

const bin = (name: string): string => path.join(ROOT, "node_modules", ".bin", name);

/** A command that counts as one test. It passes when it exits with 0. */
function check(suite: SuiteName, name: string, weight: number, command: string, ...args: string[]): Job {
  return {
    suite,
    name,
    weight,
    run: async (print) => {
      const code = await execute(command, args, { cwd: ROOT }, print);
      print(`  ${code === 0 ? "✔" : "✘"} ${name}\n`);
      return { ...NOTHING, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    },
  };
}

/** Test files in one mocha process, in this order. */
function mocha(suite: SuiteName, name: string, files: readonly string[], weight: number, ...options: string[]): Job {
  return {
    suite,
    name,
    weight,
    run: async (print) => {
      const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "llmd-counts-")), "counts.json");
      try {
        const args = ["--reporter", "tests/support/countingReporter.ts", ...options, ...files];
        const code = await execute(bin("mocha"), args, { cwd: ROOT, env: { COUNTS_FILE: file } }, print);
        if (!fs.existsSync(file)) return { ...NOTHING, failed: 1 };
        const counts = JSON.parse(fs.readFileSync(file, "utf8")) as Counts;
        // A run can fail without a failed test, for example when a file cannot be loaded. It must not count as a success.
        return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
      } finally {
        fs.rmSync(path.dirname(file), { recursive: true, force: true });
      }
    },
  };
}

function testFiles(folder: string): string[] {
  const entries = fs.readdirSync(path.join(ROOT, "tests", folder), { recursive: true, encoding: "utf8" });
  return entries
    .filter((entry) => entry.endsWith(".test.ts"))
    .sort()
    .map((entry) => path.join("tests", folder, entry));
}

/**
 * The jobs of a suite that needs embedded environments. Files that import `support/shared` share one environment. They run
 * in one process, in the order of their names. Every other file has its own environments and is one job.
 */
function environmentJobs(suite: "engine" | "e2e"): Job[] {
  const problem = checkPrivileges();
  if (problem !== undefined) return [skipped(suite, problem)];
  const shares = (file: string): boolean =>
    /["']\.\.\/support\/shared["']/.test(fs.readFileSync(path.join(ROOT, file), "utf8"));
  const files = testFiles(suite);
  const shared = files.filter(shares);
  const job = (name: string, own: string[], weight: number): Job =>
    mocha(suite, name, own, weight, ...SHARED_ENVIRONMENT);
  return [
    // The longest job, because its tests run one after the other.
    ...(shared.length === 0 ? [] : [job("with the shared environment", shared, 10 + shared.length)]),
    ...files.filter((file) => !shares(file)).map((file) => job(path.basename(file, ".test.ts"), [file], 10)),
  ];
}

/** Unit tests: one job for each folder, and one for the files that are in none. */
function unitJobs(): Job[] {
  const byFolder = new Map<string, string[]>();
  for (const file of testFiles("unit")) {
    const [folder = "", inFolder] = file.split(path.sep).slice(2);
    const job = inFolder === undefined ? "the whole project" : folder;
    byFolder.set(job, [...(byFolder.get(job) ?? []), file]);
  }
  return [...byFolder].map(([folder, files]) => mocha("unit", folder, files, files.length / 10));
}

function skipped(suite: SuiteName, why: string): Job {
  return {
    suite,
    name: "skipped",
    run: (print) => {
      print(`  skipped: ${why}`);
      return Promise.resolve({ ...NOTHING, skipped: 1 });
    },
  };
}

/** The tests of this project's Go module, counted one by one. */
const goTests: Job = {
  suite: "go",
  name: "sandbox",
  async run(print) {
    let text = "";
    const cwd = path.join(ROOT, "local", "toolchain", "modules", "sandbox");
    const code = await execute(
      "go",
      ["test", "-json", "./..."],
      { cwd, env: { CGO_ENABLED: "0" } },
      (more) => (text += more),
    );
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const [events, others] = [true, false].map((json) =>
      text.split("\n").filter((line) => line.startsWith("{") === json),
    );
    for (const line of events ?? []) {
      const event = JSON.parse(line) as { Action: string; Test?: string; Output?: string };
      if (event.Test === undefined) continue;
      if (event.Action === "pass") counts.passed++;
      if (event.Action === "fail") counts.failed++;
      if (event.Action === "skip") counts.skipped++;
      if (event.Action === "output" && /--- (FAIL|SKIP)|_test\.go/.test(event.Output ?? "")) print(`  ${event.Output}`);
    }
    if (code !== 0 && counts.failed === 0) {
      print(`${(others ?? []).join("\n")}\n`);
      counts.failed = 1;
    }
    print(`  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    return counts;
  },
};

/** Builds the embedded environment's programs. It runs first, because it writes its progress directly to the terminal. */
async function tools(): Promise<Ended> {
  const began = Date.now();
  const job: Job = { suite: "tools", name: "programs built", run: () => Promise.resolve(NOTHING) };
  const problem = checkPrivileges();
  const ended = (counts: Partial<Counts>): Ended => ({
    job,
    counts: { ...NOTHING, ...counts },
    seconds: (Date.now() - began) / 1000,
  });
  if (problem !== undefined) {
    console.log(`  skipped: ${problem}`);
    return ended({ skipped: 1 });
  }
  const args = ["-r", "./loader.cjs", "local/toolchain/cli.ts", "build"];
  const code = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
    child.once("error", () => resolve(127));
    child.once("exit", (exit) => resolve(exit ?? 1));
  });
  console.log(`  ${code === 0 ? "✔" : "✘"} programs built`);
  return ended(code === 0 ? { passed: 1 } : { failed: 1 });
}

/** Absolute paths of the workflows, because the linter runs in another folder. */
function workflows(): string[] {
  const folder = path.join(ROOT, ".github", "workflows");
  return fs.readdirSync(folder).map((file) => path.join(folder, file));
}

/** What decides about the result of a check besides the checked files. */
const CHECK_INPUTS = ["package-lock.json", "tsconfig.json", "eslint.config.mjs", ".prettierrc.json", ".prettierignore"];

/** The folder of the checks' caches. Another checkout, version of a tool or configuration has another folder. */
function checkCache(): string {
  const inputs = CHECK_INPUTS.map((file) => fs.readFileSync(path.join(ROOT, file), "utf8"));
  const folder = cacheLayout(cacheDir()).check(digest([ROOT, process.version, ...inputs]));
  fs.mkdirSync(folder, { recursive: true });
  // `prune` deletes what was not used for long.
  fs.utimesSync(folder, new Date(), new Date());
  return folder;
}

/** The checks of the sources. tsc, ESLint and Prettier look only at what changed since their last run in this checkout. */
function staticJobs(): Job[] {
  const folder = checkCache();
  const cached = (name: string): string[] => [
    "--cache",
    "--cache-strategy",
    "content",
    "--cache-location",
    path.join(folder, name),
  ];
  const buildInfo = path.join(folder, "tsc.tsbuildinfo");
  return [
    check("static", "types (tsc)", 5, bin("tsc"), "--noEmit", "--incremental", "--tsBuildInfoFile", buildInfo),
    check("static", "lint (ESLint)", 6, bin("eslint"), ...cached("eslint"), "."),
    check("static", "imports (dependency-cruiser)", 3, bin("depcruise"), "--config", ".dependency-cruiser.cjs", "."),
    check("static", "unused code (knip)", 4, bin("knip"), "--no-progress"),
    check("static", "workflows (actionlint)", 2, "go", "-C", ".github/lint", "tool", "actionlint", ...workflows()),
    check(
      "static",
      "format (Prettier)",
      4,
      bin("prettier"),
      "--check",
      "--log-level",
      "warn",
      ...cached("prettier"),
      ".",
    ),
  ];
}

function jobsOf(suite: SuiteName): Job[] {
  switch (suite) {
    case "static":
      return staticJobs();
    case "tools":
      return [];
    case "unit":
      return unitJobs();
    case "go":
      return [goTests];
    case "engine":
    case "e2e":
      return environmentJobs(suite);
  }
}

async function main(arguments_: readonly string[]): Promise<void> {
  const unknown = arguments_.filter((name) => !(SUITES as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no suite ${unknown.join(", ")}; the suites are ${SUITES.join(", ")}`);
  const wanted = SUITES.filter((name) => arguments_.length === 0 || arguments_.includes(name));
  const began = Date.now();
  // First, because some unit tests read charts from the programs' Go modules.
  const ended = wanted.includes("tools") ? [await tools()] : [];
  ended.push(...(await runJobs(wanted.flatMap(jobsOf))));

  const over: string[] = [];
  const lines = wanted.map((suite) => {
    const own = ended.filter(({ job }) => job.suite === suite);
    const { passed, failed, skipped } = sum(own.map(({ counts }) => counts));
    const took = own.reduce((total, one) => total + one.seconds, 0);
    const seconds = took.toFixed(0);
    if (took > SHARES[suite]) over.push(`${suite} took ${seconds} s, its share is ${SHARES[suite]} s`);
    const jobs = own.length > 1 ? ` in ${own.length} jobs` : "";
    return `${suite.padEnd(7)} ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""} (${seconds} s${jobs})`;
  });
  const total = sum(ended.map(({ counts }) => counts));
  const failures = ended.filter(({ counts }) => counts.failed > 0);
  console.log(`\n${lines.join("\n")}\n${((Date.now() - began) / 1000).toFixed(0)} s in total`);
  const slowest = slowestFiles(ended);
  if (slowest.length > 0) console.log(`the slowest test files:\n${slowest.join("\n")}`);
  for (const line of over) console.log(line);
  // Repeat the failures at the end, where a reader of a long output looks first.
  for (const { job, counts } of failures) {
    console.log(`failed: ${job.suite}: ${job.name}: ${counts.failed}`);
    for (const test of counts.failedTests ?? []) console.log(`  ✘ ${test}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
