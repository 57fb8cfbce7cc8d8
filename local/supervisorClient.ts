import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { executableOf } from "./processes";
import { PROJECT_ROOT, type StateFolder } from "./state";
import type { SupervisorStatus } from "./supervisor";
import { supervisorVersion } from "./supervisorVersion";
import type { Toolchain } from "./toolchain";

/** How long the supervisor may take until everything runs, in milliseconds. */
const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 90_000;

function ask(state: StateFolder, method: "GET" | "POST", url: string): Promise<SupervisorStatus> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: state.socket, path: url, method, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(JSON.parse(text) as SupervisorStatus));
    });
    request.once("timeout", () => request.destroy(new Error("the supervisor does not answer")));
    request.once("error", reject);
    request.end();
  });
}

/** The supervisor's status, or undefined when no supervisor runs for this state folder. */
export async function supervisorStatus(state: StateFolder): Promise<SupervisorStatus | undefined> {
  try {
    return await ask(state, "GET", "/status");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") return undefined;
    throw error;
  }
}

/** The last lines of the supervisor's log, for the error message when it does not start. */
function lastLines(state: StateFolder, count = 15): string {
  return (state.read("logs/supervisor.log") ?? "").trimEnd().split("\n").slice(-count).join("\n");
}

/** The caller's variables that the supervisor inherits. It lives for days, so it must not get tokens. */
const INHERITED = /^(PATH|HOME|USER|LANG|TZ|LLMD_CACHE|XDG_CACHE_HOME|GO.*|.*_proxy|.*_PROXY)$/;

/**
 * Starts the supervisor when none runs, and waits until the cluster and the node agent are ready. Replaces a supervisor that
 * runs older programs or code.
 *
 * @throws Error with the end of its log when it does not become ready.
 */
export async function startSupervisor(state: StateFolder, toolchain: Toolchain): Promise<SupervisorStatus> {
  const running = await supervisorStatus(state);
  if (running?.phase === "stopping" || (running !== undefined && running.version !== supervisorVersion(toolchain))) {
    await stopSupervisor(state);
  }
  let gone = false;
  if ((await supervisorStatus(state)) === undefined) {
    const log = fs.openSync(state.path("logs", "supervisor.log"), "a", 0o600);
    const child = spawn(process.execPath, ["-r", "./loader.cjs", path.join(__dirname, "supervisor.ts"), state.dir], {
      cwd: PROJECT_ROOT,
      detached: true,
      stdio: ["ignore", log, log],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => INHERITED.test(name))),
    });
    fs.closeSync(log);
    child.once("exit", () => (gone = true));
    child.unref();
  }
  const end = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const status = await supervisorStatus(state);
    if (status?.phase === "ready") return status;
    if (gone || Date.now() > end) {
      if (!gone) await stopSupervisor(state);
      throw new Error(
        `the embedded cluster did not start. Last lines of ${state.path("logs", "supervisor.log")}:\n${lastLines(state)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Stops the supervisor and everything that it runs. Does nothing when none runs. */
export async function stopSupervisor(state: StateFolder): Promise<void> {
  const status = await supervisorStatus(state);
  if (status === undefined) return;
  await ask(state, "POST", "/stop");
  const end = Date.now() + STOP_TIMEOUT_MS;
  // One that has ended stays in /proc until its parent, which may be the container's first process, looks after it.
  while (executableOf(status.pid) !== undefined) {
    if (Date.now() > end) {
      // The kernel ends its children with it.
      process.kill(status.pid, "SIGKILL");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
