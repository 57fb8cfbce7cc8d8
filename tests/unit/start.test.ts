import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/** Runs code in a process prepared like Pulumi's runner and start.cjs. @returns its JSON output */
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

describe("start.cjs", function () {
  this.timeout(60_000);

  it("makes stack traces of errors show positions in TypeScript", () => {
    const stack = inProgram(`
      try { require("./stacks/config.ts").parseConfig({}); } catch (error) { console.log(JSON.stringify(error.stack)); }
    `) as string;
    const [, file = "", line, column] = /parseConfig \((.*):(\d+):(\d+)\)/.exec(stack) ?? [];
    assert.equal(file, path.join(ROOT, "stacks", "config.ts"), stack);
    const text = fs.readFileSync(file, "utf8").split("\n")[Number(line) - 1] ?? "";
    assert.match(text.slice(Number(column) - 1), /^checkToken\(/);
  });

  it("keeps positions in the SDK unchanged, so that the SDK can print its errors", () => {
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

  it("records no stack traces of promises unless PULUMI_DEBUG_PROMISE_LEAKS is set", () => {
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
