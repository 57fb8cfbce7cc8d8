import { type ChildProcess, spawn } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../../local/toolchain/command";
import { acquireLock } from "../../local/toolchain/lock";
import { cacheDir, cacheLayout } from "../../local/toolchain/paths";

/** The lock file of moto and its dependencies, with hashes. */
const REQUIREMENTS = path.join(__dirname, "moto", "requirements.txt");

/** moto's server: AWS's wire protocols with state in memory. */
export interface Moto {
  /** Address of all services, for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Deletes all state. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** moto cannot be installed on this machine. */
export class MotoUnavailable extends Error {
  override readonly name = "MotoUnavailable";
}

/** Environment variables for the AWS SDK. moto accepts any credentials. */
export function motoEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "testing",
    AWS_SECRET_ACCESS_KEY: "testing",
    AWS_SESSION_TOKEN: "testing",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * Starts moto on a free port of the loopback interface. Installs it into the tool cache when it is missing.
 *
 * @throws MotoUnavailable when it cannot be installed
 */
export async function startMoto(): Promise<Moto> {
  const program = path.join(await installMoto(), "bin", "moto_server");
  const port = await freePort();
  const child = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    // Otherwise moto pulls images for the services that it runs in containers.
    env: { ...process.env, MOTO_DOCKER_NETWORK_NAME: "", AWS_ENDPOINT_URL: "" },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answers(endpoint, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    endpoint,
    async reset() {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Installs moto into a virtual environment for this lock file and Python. @returns its folder */
export async function installMoto(): Promise<string> {
  const cwd = __dirname;
  const python = await runCommand("python3", ["-c", "import sys; print(sys.version, sys.prefix)"], { cwd });
  if (python.failure !== undefined) throw new MotoUnavailable(python.failure);
  const key = crypto.createHash("sha256").update(fs.readFileSync(REQUIREMENTS)).update(python.stdout.join("\n"));
  const layout = cacheLayout(cacheDir());
  const target = layout.tool("moto", key.digest("hex").slice(0, 16));
  if (fs.existsSync(path.join(target, "ready"))) {
    // Mark it as used: a month without use lets the cache delete it.
    fs.utimesSync(target, new Date(), new Date());
    return target;
  }
  const lock = await acquireLock(path.join(layout.dir, "moto.lock"), () => undefined);
  try {
    if (fs.existsSync(path.join(target, "ready"))) return target;
    fs.rmSync(target, { recursive: true, force: true });
    const steps = [
      ["python3", "-m", "venv", target],
      [
        ...[path.join(target, "bin", "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"],
        ...["--only-binary=:all:", "--no-deps", "--require-hashes", "-r", REQUIREMENTS],
      ],
    ];
    for (const [command = "", ...args] of steps) {
      const { failure, stdout, stderr } = await runCommand(command, args, { cwd });
      if (failure === undefined) continue;
      fs.rmSync(target, { recursive: true, force: true });
      throw new MotoUnavailable([failure, ...stdout, ...stderr].slice(-3).join("; "));
    }
    // A virtual environment cannot be moved, because its programs contain its path. This file marks it as complete.
    fs.writeFileSync(path.join(target, "ready"), "");
    return target;
  } finally {
    lock.release();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until the server answers. Importing moto takes seconds. */
async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 200) {
    if (child.exitCode !== null) throw new MotoUnavailable(`moto_server ended with exit code ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(200);
  }
  throw new MotoUnavailable("moto_server did not answer within a minute");
}
