import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkPrivileges } from "../local/prerequisites";

/**
 * Runs every suite and adds up what they counted; the last line is `N passed, N failed[, N skipped]`.
 * `run.ts [suite…]`: static, tools, unit, go, engine, e2e; all of them without an argument.
 */

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Suite {
  readonly name: string;
  run(): Promise<Counts>;
}

const ROOT = path.resolve(__dirname, "..");
const TOTAL: Counts = { passed: 0, failed: 0, skipped: 0 };

function execute(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
    child.once("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** A command that counts as one check: passed when it exits 0. */
async function check(label: string, command: string, ...args: string[]): Promise<Counts> {
  const code = await execute(command, args);
  console.log(`  ${code === 0 ? "✔" : "✘"} ${label}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    TOTAL,
  );
}

const bin = (name: string): string => path.join(ROOT, "node_modules", ".bin", name);

async function mocha(folder: string, ...options: string[]): Promise<Counts> {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "llmd-counts-")), "counts.json");
  try {
    const code = await execute(
      bin("mocha"),
      ["--reporter", "tests/support/countingReporter.ts", ...options, `tests/${folder}/**/*.test.ts`],
      { COUNTS_FILE: file },
    );
    if (!fs.existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
    const counts = JSON.parse(fs.readFileSync(file, "utf8")) as Counts;
    // A run that fails without a failed test (it could not load a file, say) must not count as a success.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true, force: true });
  }
}

/** The Go tests of our own module, counted one by one. */
function goTests(): Promise<Counts> {
  const result = spawnSync("go", ["test", "-json", "./..."], {
    cwd: path.join(ROOT, "local", "toolchain", "modules", "sandbox"),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, CGO_ENABLED: "0" },
  });
  const counts = { ...TOTAL };
  if (result.error !== undefined) {
    console.log(`  go could not be run: ${result.error.message}`);
    return Promise.resolve({ ...counts, failed: 1 });
  }
  for (const line of result.stdout.split("\n").filter((text) => text.startsWith("{"))) {
    const event = JSON.parse(line) as { Action: string; Test?: string; Output?: string };
    if (event.Test === undefined) continue;
    if (event.Action === "pass") counts.passed++;
    if (event.Action === "fail") counts.failed++;
    if (event.Action === "skip") counts.skipped++;
    if (event.Action === "output" && /--- (FAIL|SKIP)|_test\.go/.test(event.Output ?? "")) {
      process.stdout.write(`  ${event.Output}`);
    }
  }
  if (result.status !== 0 && counts.failed === 0) {
    process.stderr.write(result.stderr);
    counts.failed = 1;
  }
  console.log(`  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return Promise.resolve(counts);
}

/** Loads the hooks that take the shared environment down at the end of a suite. */
const SHARED_ENVIRONMENT = ["--require", "ts-node/register/transpile-only", "--require", "./tests/support/shared.ts"];

/** The embedded environment's programs; on a terminal with the display that `make local` has. */
const tools = (): Promise<Counts> =>
  check("programs built", process.execPath, "-r", "ts-node/register/transpile-only", "local/toolchain/cli.ts", "build");

/** Runs a suite where pods can be run, and elsewhere says why not. */
function privileged(suite: () => Promise<Counts>): () => Promise<Counts> {
  return () => {
    const problem = checkPrivileges();
    if (problem === undefined) return suite();
    console.log(`  skipped: ${problem}`);
    return Promise.resolve({ ...TOTAL, skipped: 1 });
  };
}

/** The workflows' files, for a linter that runs in another folder. */
function workflows(): string[] {
  const folder = path.resolve(".github", "workflows");
  return fs.readdirSync(folder).map((file) => path.join(folder, file));
}

const SUITES: readonly Suite[] = [
  {
    name: "static",
    run: async () =>
      sum([
        await check("types (tsc)", bin("tsc"), "--noEmit"),
        await check("lint (ESLint)", bin("eslint"), "."),
        await check("workflows (actionlint)", "go", "-C", ".github/lint", "tool", "actionlint", ...workflows()),
        await check("format (Prettier)", bin("prettier"), "--check", "--log-level", "warn", "."),
      ]),
  },
  // Before the unit tests: some read the charts that come with the programs' modules.
  { name: "tools", run: privileged(tools) },
  { name: "unit", run: () => mocha("unit") },
  { name: "go", run: goTests },
  { name: "engine", run: privileged(() => mocha("engine", ...SHARED_ENVIRONMENT)) },
  { name: "e2e", run: privileged(() => mocha("e2e", ...SHARED_ENVIRONMENT)) },
];

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new Error(`no suite ${unknown.join(", ")}; there are ${SUITES.map((suite) => suite.name).join(", ")}`);
  }
  const lines: string[] = [];
  const all: Counts[] = [];
  for (const suite of SUITES.filter((candidate) => wanted.length === 0 || wanted.includes(candidate.name))) {
    console.log(`\n== ${suite.name}`);
    const began = Date.now();
    const counts = await suite.run();
    all.push(counts);
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    lines.push(`${suite.name.padEnd(7)} ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`);
  }
  const total = sum(all);
  console.log(`\n${lines.join("\n")}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
