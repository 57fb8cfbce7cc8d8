import * as assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { processes } from "../../local/processes";
import { PROJECT_ROOT } from "../../local/state";

const run = promisify(execFile);

describe("the commands of the embedded environment", function () {
  this.timeout(900_000);
  // The path contains a space, as some home folders do.
  const folder = path.join(os.tmpdir(), `llmd cli ${process.pid}`);

  /** Runs the command behind a target of the Makefile in another process. */
  async function command(...args: string[]): Promise<{ code: number; text: string }> {
    const options = { cwd: PROJECT_ROOT, maxBuffer: 64 * 1024 * 1024 };
    const all = ["-r", "./loader.cjs", "local/cli.ts", ...args, "--state", folder];
    return run(process.execPath, all, options).then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        text: error.stdout + error.stderr,
      }),
    );
  }

  after(() => command("down", "--force"));

  it("status says how to start an environment when none exists", async () => {
    const { code, text } = await command("status");
    assert.equal(code, 3);
    assert.match(text, /There is no embedded environment\. make local brings one up\./);
  });

  let printed = "";
  it("up ends with an answered request, the outputs, and commands for the next steps", async () => {
    const { code, text } = await command("up");
    assert.equal(code, 0, text);
    assert.match(text, /\n {2}200 in \d+ ms/);
    assert.match(text, /\n {2}gatewayUrl +http:\/\/127\.\d+\.0\.1\n/);
    assert.match(text, /\n {2}kubeconfig +\[secret\]\n/);
    assert.doesNotMatch(text, /warning:|error:/);
    printed = text;
  });

  it("up prints a command for a streamed completion that works", () => {
    const line = /Streamed:\n {2}(curl .*)\n/.exec(printed)?.[1] ?? "";
    const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    // The simulator chooses the answer's length. One token makes two events: the token, and the reason of the end.
    assert.ok(stdout.split("\n").filter((event) => event.startsWith("data: {")).length >= 2, stdout);
    assert.match(stdout, /data: \[DONE\]/);
  });

  it("up prints commands with which the Pulumi CLI works on the same stack", async () => {
    const line = /The stack: +(.*) && pulumi preview --diff\n/.exec(printed)?.[1] ?? "";
    const { stdout } = await run("sh", ["-c", `${line} && pulumi stack output gatewayUrl`]);
    assert.match(stdout, /^http:\/\/127\./);
  });

  it("a second up changes nothing", async () => {
    const { code, text } = await command("up");
    assert.equal(code, 0, text);
    assert.match(text, /Stack unchanged\./);
  });

  it("status shows every process as running and every pod as ready", async () => {
    const { code, text } = await command("status");
    assert.equal(code, 0, text);
    for (const name of ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"]) {
      assert.match(text, new RegExp(`\n${name} +running +\\d+ `));
    }
    assert.match(text, /llm-d\/ms-llm-d-modelservice-decode-\S+ +llm-d-inference-sim +ready /);
    assert.doesNotMatch(text, /not ready|down/);
  });

  it("logs shows the log whose name contains the argument", async () => {
    assert.match((await command("logs", "gaie-epp")).text, /"level":/);
    const { code, text } = await command("logs", "no-such-thing");
    assert.equal(code, 1);
    assert.match(text, /Choose one by part of its name:/);
  });

  it("down destroys the stack and leaves no process, device, route, mount or file", async () => {
    const { bridge } = JSON.parse(fs.readFileSync(path.join(folder, "instance.json"), "utf8")) as { bridge: string };
    const devices = [bridge, ...fs.readdirSync(`/sys/class/net/${bridge}/brif`)];
    assert.ok(devices.length > 5, `devices: ${devices.join(", ")}`);

    const { code, text } = await command("down");
    assert.equal(code, 0, text);
    assert.match(text, /Stack destroyed: \d+ deleted\./);

    const left = fs.readdirSync("/sys/class/net").filter((device) => devices.includes(device));
    assert.deepEqual(left, []);
    assert.doesNotMatch(fs.readFileSync("/proc/net/route", "utf8"), new RegExp(`^${bridge}\\b`, "m"));
    // The kernel writes a space in a mount's path as \\040.
    assert.ok(!fs.readFileSync("/proc/self/mounts", "utf8").includes(path.basename(folder).replaceAll(" ", "\\040")));
    assert.deepEqual(
      processes().filter(({ commandLine }) => commandLine.includes(folder)),
      [],
    );
    assert.deepEqual(
      fs.readdirSync(path.dirname(folder)).filter((name) => name.startsWith(path.basename(folder))),
      [],
    );
  });

  it("a second down reports that there is no environment", async () => {
    assert.match((await command("down")).text, /There is no embedded environment: nothing to do\./);
  });
});
