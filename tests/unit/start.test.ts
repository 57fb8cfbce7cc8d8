import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/** Runs a few lines in a process that Pulumi's runner and then start.cjs have prepared, and returns what they print as JSON. */
function inProgram(lines: string, environment: Readonly<Record<string, string>> = {}): unknown {
  const prelude = `require("source-map-support/register"); require("./start.cjs"); const pulumi = require("@pulumi/pulumi");`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", `${prelude}\n${lines}`], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

describe("the way Pulumi starts the program", function () {
  this.timeout(60_000);

  it("shows where in its TypeScript an error was thrown", () => {
    const stack = inProgram(`
      try { require("./stacks/config.ts").parseConfig({}); } catch (error) { console.log(JSON.stringify(error.stack)); }
    `) as string;
    const [, file = "", line, column] = /parseConfig \((.*):(\d+):(\d+)\)/.exec(stack) ?? [];
    assert.equal(file, path.join(ROOT, "stacks", "config.ts"), stack);
    const text = fs.readFileSync(file, "utf8").split("\n")[Number(line) - 1] ?? "";
    assert.match(text.slice(Number(column) - 1), /^checkToken\(/);
  });

  it("leaves an error's positions in the SDK as they are, so that the SDK can print it", () => {
    const { stack, inspected } = inProgram(`
      try { new pulumi.ComponentResource("a:b:C", ""); } catch (error) {
        console.log(JSON.stringify({ stack: error.stack, inspected: require("util").inspect(error, { colors: true }) }));
      }
    `) as { stack: string; inspected: string };
    const frames = stack.split("\n").filter((line) => line.includes("node_modules"));
    assert.ok(frames.length > 0, stack);
    for (const frame of frames) assert.match(frame, /node_modules\/@pulumi\/pulumi\/[\w/]+\.js:\d+/);
    assert.match(inspected, /Missing resource name argument/);
  });

  it("takes no stacks of promises unless they are asked for", () => {
    const lines = `
      const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
      const promise = Promise.resolve();
      debuggablePromise(promise, "of the test");
      console.log(JSON.stringify(promise._debugStackTrace));
    `;
    assert.equal(inProgram(lines), "");
    assert.match(inProgram(lines, { PULUMI_DEBUG_PROMISE_LEAKS: "true" }) as string, /\n {4}at debuggablePromise /);
  });
});
