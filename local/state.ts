import * as fs from "node:fs";
import * as path from "node:path";
import { pulumiHome } from "./pulumiHome";

/** The project's root: where Pulumi.yaml and index.ts are. */
export const PROJECT_ROOT = path.resolve(__dirname, "..");

/** Where `make local` keeps its state unless told otherwise with `--state`. */
export const DEFAULT_STATE_DIR = path.join(PROJECT_ROOT, ".local");

/** The addresses of an embedded environment. They stay the same until `make local-down`. */
export interface Instance {
  /** Number of this environment on the machine, 0 to 9. It determines the addresses below. */
  readonly index: number;
  /** The Linux bridge that carries the pods' network. */
  readonly bridge: string;
  /** The pods' address range. `bridgeAddress` is its first address. */
  readonly podCidr: string;
  readonly bridgeAddress: string;
  /** The Services' address range. `serviceAddress` is that of `kubernetes.default`. */
  readonly serviceCidr: string;
  readonly serviceAddress: string;
  /** First three octets of the loopback addresses of LoadBalancer Services. */
  readonly loadBalancerPrefix: string;
  /** The API server's port on 127.0.0.1. */
  readonly apiServerPort: number;
  /** KWOK's own port on 127.0.0.1. */
  readonly kwokPort: number;
}

/**
 * The folder of an embedded environment, which writes only here and to the tool cache. The folder and its files are private
 * (0700): they hold the API server's keys, the stack's state and its passphrase.
 */
export class StateFolder {
  /** Absolute path of the folder. */
  readonly dir: string;

  constructor(dir: string) {
    this.dir = path.resolve(dir);
  }

  path(...parts: string[]): string {
    return path.join(this.dir, ...parts);
  }

  get exists(): boolean {
    return fs.existsSync(this.dir);
  }

  /** Creates the folder and its subfolders, or makes existing ones private again. */
  create(): void {
    for (const name of ["", "logs", "run", "pulumi", "pulumi-home", "workspace"]) {
      fs.mkdirSync(this.path(name), { recursive: true, mode: 0o700 });
      fs.chmodSync(this.path(name), 0o700);
    }
    pulumiHome(this.path("pulumi-home"));
  }

  /** Writes a private file atomically. */
  write(name: string, contents: string): string {
    const file = this.path(name);
    const temporary = `${file}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, contents, { mode: 0o600 });
    fs.renameSync(temporary, file);
    return file;
  }

  read(name: string): string | undefined {
    try {
      return fs.readFileSync(this.path(name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  readJson<T>(name: string): T | undefined {
    const text = this.read(name);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  instance(): Instance | undefined {
    return this.readJson<Instance>("instance.json");
  }

  /** The kubeconfig of the cluster's administrator. */
  get kubeconfig(): string {
    return this.path("kubeconfig");
  }

  /** The Unix socket on which the supervisor answers. */
  get socket(): string {
    return this.path("run", "supervisor.sock");
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Longest path that Linux accepts for a Unix socket, without the closing zero byte. */
const MAX_SOCKET_PATH = 107;

/** The problem with a state folder's path, or undefined. Linux' own error for a long socket path is hard to understand. */
export function statePathProblem(state: StateFolder): string | undefined {
  return Buffer.byteLength(state.socket) > MAX_SOCKET_PATH
    ? `the state folder's path is too long for a Unix socket (${state.socket}); choose a shorter one with --state DIR`
    : undefined;
}
