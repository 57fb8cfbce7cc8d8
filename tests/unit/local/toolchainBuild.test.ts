import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { failedBuild, ToolchainInterrupted } from "../../../local/toolchain/errors";
import { parseCompilePlan } from "../../../local/toolchain/compilePlan";
import { buildModule } from "../../../local/toolchain/goModule";
import { acquireLock } from "../../../local/toolchain/lock";
import { pruneToolchain } from "../../../local/toolchain";
import { cacheLayout } from "../../../local/toolchain/paths";
import { toolsOf } from "../../../local/toolchain/tools";
import { skip } from "../../support/skip";

let scratch: string;
beforeEach(() => (scratch = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-toolchain-"))));
afterEach(() => fs.rmSync(scratch, { recursive: true, force: true }));

describe("the error of a failed build", () => {
  it("names the program and the log file, shows the last 20 lines, and says how to retry", () => {
    const output = [...Array(30).keys()].map((n) => `line ${n}`);
    const { message } = failedBuild("kwok", "go build ended with exit code 1", output, "/cache/logs/cluster.log");
    const lines = message.split("\n");
    assert.equal(lines[0], "building kwok failed: go build ended with exit code 1");
    assert.deepEqual([lines[1], lines[20]], ["    line 10", "    line 29"]);
    assert.deepEqual(lines.slice(21), [
      "The whole output is in /cache/logs/cluster.log",
      "Run the same command again to retry; compiled packages are kept.",
    ]);
  });

  describe("with the real go command", () => {
    before(function () {
      if (spawnSync("go", ["version"]).status !== 0) skip(this, "go is not installed");
    });

    /** Builds a test module named `sandbox` with this main file. */
    function build(main: string, signal?: AbortSignal) {
      const folder = path.join(scratch, "modules", "sandbox");
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, "go.mod"), "module llmd.local/toolchain/sandbox\n\ngo 1.21\n");
      fs.writeFileSync(path.join(folder, "main.go"), main);
      const events: string[] = [];
      const log = path.join(scratch, "sandbox.log");
      const result = buildModule({
        name: "sandbox",
        tools: toolsOf("sandbox"),
        modulesDir: path.join(scratch, "modules"),
        scratch: path.join(scratch, "scratch"),
        log,
        signal,
        listener: {
          planned: (plan) => events.push(`planned ${[...plan.counts.keys()].join()}`),
          compiling: (tool, package_) => events.push(`compiling ${tool} ${package_}`),
          finished: (tool) => events.push(`finished ${tool}`),
        },
      });
      return { result, events, log };
    }

    it("contains the compiler's error without the names of packages, and the log has the whole output", async function () {
      this.timeout(120_000);
      const { result, log } = build("package main\n\nfunc main() { undefinedFunction() }\n");
      const { programs, error } = await result;
      assert.equal(programs.size, 0);
      assert.match(error?.message ?? "", /^building pod-sandbox failed: go build ended with exit code 1\n/);
      assert.match(error?.message ?? "", /main\.go:3:15: undefined: undefinedFunction/);
      assert.match(fs.readFileSync(log, "utf8"), /undefinedFunction/);
    });

    it("reports a requirement that is not pinned: go.mod and go.sum are not changed", async function () {
      this.timeout(120_000);
      const { result } = build('package main\n\nimport _ "golang.org/x/sys/unix"\n\nfunc main() {}\n');
      const { error } = await result;
      assert.match(
        error?.message ?? "",
        /building pod-sandbox failed: go list ended with exit code 1\n.*disabled by -mod=readonly/,
      );
    });

    it("is undefined when the source is correct: the program runs, and the listener is told of each stage", async function () {
      this.timeout(120_000);
      const { result, events } = build('package main\n\nfunc main() { println("it runs") }\n');
      const { programs, error } = await result;
      assert.equal(error, undefined);
      assert.match(spawnSync(programs.get("pod-sandbox") ?? "", { encoding: "utf8" }).stderr, /it runs/);
      assert.equal(events[0], "planned pod-sandbox");
      assert.equal(events.at(-1), "finished pod-sandbox");
    });

    it("is an interruption when the build was asked to stop", async () => {
      const stop = new AbortController();
      const { result } = build("package main\n\nfunc main() {}\n", stop.signal);
      stop.abort();
      await assert.rejects(result, ToolchainInterrupted);
    });
  });
});

describe("the compile plan of a module", () => {
  const tools = ["a", "b"].map((name) => ({ name, package: `example.org/cmd/${name}` }));

  it("counts each package for the first program that needs it", () => {
    const lines = ["fmt false", "x true", "example.org/cmd/a true", "y true", "z false", "example.org/cmd/b true"].map(
      (line) => `${line.replace(" ", "\t")}\t/src/${line.charAt(0)}\tone.go two.go `,
    );
    const sizes: Record<string, number> = { "/src/f/one.go": 100, "/src/x/one.go": 10, "/src/y/two.go": 1 };
    const plan = parseCompilePlan(lines, tools, (file) => sizes[file] ?? 0);
    assert.deepEqual(Object.fromEntries(plan.counts), {
      a: { packages: 1, bytes: 10, allBytes: 110 },
      b: { packages: 1, bytes: 1, allBytes: 1 },
    });
    assert.deepEqual([plan.packages.get("x")?.tool, plan.packages.get("z")?.tool], ["a", "b"]);
  });
});

describe("the lock of the cache", () => {
  let file: string;
  beforeEach(() => (file = path.join(scratch, "lock")));

  /** Lets the lock look as if its holder had not refreshed it for a minute. */
  function age(): void {
    const minuteAgo = new Date(Date.now() - 60_000);
    fs.utimesSync(`${file}.lock`, minuteAgo, minuteAgo);
  }

  /** Asks for the lock while another holds it. `waiting` resolves when the run is told to wait. */
  function waitForLock() {
    const waits: number[] = [];
    let told: () => void;
    const waiting = new Promise<void>((resolve) => (told = resolve));
    const lock = acquireLock(file, (pid) => {
      waits.push(pid);
      told();
    });
    return { waits, waiting, lock };
  }

  it("makes a second run wait, and tells it the process number of the first", async () => {
    const first = await acquireLock(file, () => assert.fail("no process holds it"));
    const { waits, waiting, lock } = waitForLock();
    await waiting;
    first.release();
    (await lock).release();
    assert.deepEqual(waits, [process.pid]);
    assert.deepEqual(fs.readdirSync(scratch), []);
  });

  it("is taken over from a process that was killed", async () => {
    const program = `require(process.argv[1]).acquireLock(process.argv[2]).then(() => setInterval(() => console.log("locked"), 50))`;
    const module = path.resolve(__dirname, "../../../local/toolchain/lock");
    const holder = spawn(process.execPath, ["-r", "./loader.cjs", "-e", program, module, file]);
    await once(holder.stdout, "data");
    const { waits, waiting, lock } = waitForLock();
    await waiting;
    const exited = once(holder, "exit");
    holder.kill("SIGKILL");
    await exited;
    assert.ok(fs.existsSync(`${file}.lock`));
    age();
    (await lock).release();
    assert.deepEqual(waits, [holder.pid]);
  });

  it("is taken without waiting when its holder has not refreshed it for a minute", async () => {
    fs.mkdirSync(`${file}.lock`);
    fs.writeFileSync(file, String(process.pid));
    age();
    (await acquireLock(file, () => assert.fail("its holder is dead"))).release();
  });

  it("is free when only the process number of an earlier holder is left", async () => {
    fs.writeFileSync(file, String(process.pid));
    (await acquireLock(file, () => assert.fail("no process holds it"))).release();
  });

  it("is not taken by a run that is asked to stop while it waits", async () => {
    const first = await acquireLock(file, () => undefined);
    await assert.rejects(
      acquireLock(file, () => undefined, AbortSignal.timeout(10)),
      ToolchainInterrupted,
    );
    first.release();
  });

  it("can be released after the cache was deleted", async () => {
    const lock = await acquireLock(file, () => undefined);
    fs.rmSync(scratch, { recursive: true });
    lock.release();
  });
});

describe("pruning the cache", () => {
  it("deletes what was not used for 30 days, and the scratch folder of a killed run", async () => {
    const layout = cacheLayout(scratch);
    const old = [layout.tool("kwok", "old"), layout.set("old"), layout.check("old")];
    for (const folder of [...old, layout.tool("kwok", "new"), layout.build]) fs.mkdirSync(folder, { recursive: true });
    const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    for (const folder of old) fs.utimesSync(folder, longAgo, longAgo);
    const removed = await pruneToolchain(30, layout);
    assert.deepEqual(removed, [...old, layout.build]);
    assert.deepEqual(fs.readdirSync(layout.tools), ["kwok-new"]);
    assert.deepEqual(fs.readdirSync(scratch).sort(), ["checks", "sets", "tools"]);
  });
});
