import * as fs from "node:fs";

/** Properties of a resource. */
export type Props = Record<string, unknown>;

/** A resource that the program created. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  inputs: Props;
  outputs: Props;
  /** Of a launch template: the inputs of each version, oldest first. */
  versions?: Props[];
}

/**
 * A resource that a controller in the cluster or AWS itself created. It is in no Pulumi state, and blocks the deletion of what it
 * uses. Tests add and remove it.
 */
export interface Foreign {
  readonly kind: "networkInterface" | "securityGroup" | "loadBalancer" | "logGroup" | "volume";
  readonly id: string;
  /** The controller that created it. */
  readonly madeBy: string;
  readonly vpcId?: string;
  readonly subnetIds?: string[];
  readonly securityGroupIds?: string[];
  /** Whether it has a public address, which blocks the detachment of the internet gateway. */
  readonly public?: boolean;
}

/** An error that a test injects. */
export interface Fault {
  readonly type: string;
  readonly operation: "create" | "update" | "delete";
  readonly message: string;
  /** How many more times it occurs. */
  times: number;
}

/** The contents of the state file. */
export interface State {
  resources: Resource[];
  foreign: Foreign[];
  faults: Fault[];
  /** The operations, in order: `create URN`, `update URN`, `delete URN`. */
  calls: string[];
  /** Number of the last id. No id is used twice. */
  last: number;
}

/** The account number of AWS's own examples. */
export const ACCOUNT = "123456789012";
export const PARTITION = "aws";

/** An empty account. */
export function emptyState(): State {
  return { resources: [], foreign: [], faults: [], calls: [], last: 0 };
}

/** The account's contents, with the queries that the rules need. */
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

  /** The resource of a type with this output value. */
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

  /** Adds a resource that no program created. */
  plant(one: Foreign): void {
    this.state.foreign.push(one);
  }

  /** A new id with this prefix and 17 hexadecimal digits, as in EC2. */
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

/** Reads a state file. A missing file is an empty account. */
export function readState(file: string): State {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "{}";
  return { ...emptyState(), ...(JSON.parse(text) as Partial<State>) };
}

/** Writes a state file atomically. */
function writeState(file: string, state: State): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  fs.renameSync(temporary, file);
}

/** How long a lock without a pid is respected, in milliseconds. Its holder may have ended before it wrote the pid. */
const UNSIGNED_LOCK_MS = 60_000;

/**
 * Changes a state file under a lock, because the provider and a test may change it at the same time. A lock is stale only when
 * its process has ended, since a busy machine may hold one for long.
 */
export function changeState<T>(file: string, change: (state: State) => T): T {
  const lock = `${file}.lock`;
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isStale(lock)) fs.rmSync(lock, { force: true });
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

function isStale(lock: string): boolean {
  try {
    const holder = Number(fs.readFileSync(lock, "utf8"));
    if (holder > 0) return !fs.existsSync(`/proc/${holder}`);
    return Date.now() - fs.statSync(lock).mtimeMs > UNSIGNED_LOCK_MS;
  } catch (error) {
    // Its holder has just removed it.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** A nested value: `at(inputs, "vpcConfig.subnetIds")`. */
export function at(props: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? (value as Props)[key] : undefined),
      props,
    );
}

/** A nested list. A missing list is empty. */
export function listAt<T = string>(props: unknown, path: string): T[] {
  const value = at(props, path);
  return Array.isArray(value) ? (value as T[]) : [];
}

export function stringAt(props: unknown, path: string): string | undefined {
  const value = at(props, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
