import * as fs from "node:fs";

/** Properties of a resource, as they go over the wire. */
export type Props = Record<string, unknown>;

/** A resource that the program made. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  inputs: Props;
  outputs: Props;
  /** The inputs of every version of a launch template, the first one first. */
  versions?: Props[];
}

/**
 * What others than the program made in the account: a controller in the cluster, or AWS itself. It is in nobody's Pulumi
 * state, and stands in the way of what it uses. Tests plant it in the state file and take it away.
 */
export interface Foreign {
  readonly kind: "networkInterface" | "securityGroup" | "loadBalancer" | "logGroup" | "volume";
  readonly id: string;
  /** What made it. */
  readonly madeBy: string;
  readonly vpcId?: string;
  readonly subnetIds?: string[];
  readonly securityGroupIds?: string[];
  /** Whether it has a public address, which keeps the internet gateway attached. */
  readonly public?: boolean;
}

/** A refusal that a test asks for. */
export interface Fault {
  readonly type: string;
  readonly operation: "create" | "update" | "delete";
  readonly message: string;
  /** How often; it counts down. */
  times: number;
}

/** The state file: all that the account holds. */
export interface State {
  resources: Resource[];
  foreign: Foreign[];
  faults: Fault[];
  /** What was done, in this order: `create URN`, `update URN`, `delete URN`. */
  calls: string[];
  /** Number of the last id given out, so that no id comes twice. */
  last: number;
}

/** The account of the stand-in, the one that AWS' own examples use. */
export const ACCOUNT = "123456789012";
export const PARTITION = "aws";

/** An account with nothing in it. */
export function emptyState(): State {
  return { resources: [], foreign: [], faults: [], calls: [], last: 0 };
}

/** The account's contents, and what the rules ask about them. Knows nothing of files. */
export class World {
  constructor(
    readonly state: State = emptyState(),
    readonly region = "us-east-1",
  ) {}

  list(type: string): Resource[] {
    return this.state.resources.filter((resource) => resource.type === type);
  }

  get(type: string, id: unknown): Resource | undefined {
    return this.state.resources.find((resource) => resource.type === type && resource.id === id);
  }

  /** The resource of a type whose output has this value. */
  by(type: string, output: string, value: unknown): Resource | undefined {
    return this.list(type).find((resource) => resource.outputs[output] === value);
  }

  add(resource: Resource): void {
    this.state.resources.push(resource);
  }

  remove(type: string, id: string): void {
    this.state.resources = this.state.resources.filter((resource) => resource.type !== type || resource.id !== id);
  }

  foreign(kind: Foreign["kind"]): Foreign[] {
    return this.state.foreign.filter((one) => one.kind === kind);
  }

  /** Leaves something behind that no program made. */
  plant(one: Foreign): void {
    this.state.foreign.push(one);
  }

  /** The next id with this prefix: 17 hexadecimal digits, as EC2's are. */
  nextId(prefix: string): string {
    return `${prefix}-0${(++this.state.last).toString(16).padStart(16, "0")}`;
  }

  nextUuid(): string {
    return `00000000-0000-4000-8000-${(++this.state.last).toString(16).padStart(12, "0")}`;
  }

  arn(service: string, resource: string, regional = true): string {
    return `arn:${PARTITION}:${service}:${regional ? this.region : ""}:${ACCOUNT}:${resource}`;
  }
}

/** Reads a state file; a missing one is an empty account. */
export function readState(file: string): State {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "{}";
  return { ...emptyState(), ...(JSON.parse(text) as Partial<State>) };
}

/** Writes a state file at once: a reader sees the old contents or the new, never half of them. */
function writeState(file: string, state: State): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  fs.renameSync(temporary, file);
}

/** How long a lock that does not say whose it is may be there, in milliseconds: its holder ended before it said so. */
const UNSIGNED_LOCK_MS = 60_000;

/**
 * Changes a state file while nobody else does: the provider and a test may do so at the same time. However long somebody holds
 * the lock, on a machine that is busy: it is taken for forgotten only once that process is no more.
 */
export function changeState<T>(file: string, change: (state: State) => T): T {
  const lock = `${file}.lock`;
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isForgotten(lock)) fs.rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    const state = readState(file);
    const result = change(state);
    writeState(file, state);
    return result;
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function isForgotten(lock: string): boolean {
  try {
    const holder = Number(fs.readFileSync(lock, "utf8"));
    if (holder > 0) return !fs.existsSync(`/proc/${holder}`);
    return Date.now() - fs.statSync(lock).mtimeMs > UNSIGNED_LOCK_MS;
  } catch (error) {
    // Its holder has just given it back.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** A value out of nested properties: `at(inputs, "vpcConfig.subnetIds")`. */
export function at(props: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? (value as Props)[key] : undefined),
      props,
    );
}

/** A list out of nested properties; a missing one is empty. */
export function listAt<T = string>(props: unknown, path: string): T[] {
  const value = at(props, path);
  return Array.isArray(value) ? (value as T[]) : [];
}

export function stringAt(props: unknown, path: string): string | undefined {
  const value = at(props, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
