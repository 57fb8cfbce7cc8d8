import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { ownerOf, projectOf } from "../operations/common/stackSettings";
import { workspaceOf } from "../operations/common/workspace";
import { takeOver } from "../operations/destroy/takeOver";
import { canListen, chooseAddresses, freePort, usedAddresses } from "./network";
import { executableOf, killOrphans } from "./processes";
import { type LocalStackOptions, openStack, pulumiEnvironment, STACK_NAME } from "./stack";
import { PROJECT_ROOT, type StateFolder } from "./state";
import type { SupervisorStatus } from "./supervisor";
import { startSupervisor } from "./supervisorClient";
import { ensureToolchain, type Toolchain } from "./toolchain";
import { acquireLock } from "./toolchain/lock";
import { cacheDir } from "./toolchain/paths";

/** Where the gateway listens when the stack's settings do not say. */
const DEFAULT_GATEWAY_PORT = 80;

/** A running embedded cluster and the stack on it. */
export interface Embedded {
  readonly state: StateFolder;
  readonly toolchain: Toolchain;
  readonly supervisor: SupervisorStatus;
  readonly stack: Stack;
}

/** How an embedded environment is opened. */
export interface OpenOptions {
  /** Shows nothing of what is built. */
  readonly quiet?: boolean;
  /** Has the state know what an engine was making when it was killed: for a destroy, which would leave it. */
  readonly takeOver?: boolean;
}

/** Bridges of the machine, those of other embedded environments among them. */
function interfaces(): string[] {
  return fs.readdirSync("/sys/class/net");
}

/**
 * Builds what is missing of the toolchain, starts the cluster when it is not running, and opens the stack. Used again on
 * a state folder that exists, it goes on with that one.
 */
export async function openEmbedded(
  state: StateFolder,
  options: LocalStackOptions & OpenOptions = {},
): Promise<Embedded> {
  const toolchain = await ensureToolchain({ quiet: options.quiet });
  state.create();
  const supervisor =
    state.instance() === undefined ? await startFirst(state, toolchain) : await startSupervisor(state, toolchain);
  const stack = await openStack(state, toolchain, options);
  await recover(state, toolchain, stack, options.takeOver ?? false);
  return { state, toolchain, supervisor, stack };
}

/**
 * Starts the cluster for the first time, on addresses that nobody has. One environment at a time: what another one has
 * chosen can be seen only once its bridge is there.
 */
async function startFirst(state: StateFolder, toolchain: Toolchain): Promise<SupervisorStatus> {
  const lock = await acquireLock(path.join(cacheDir(), "addresses.lock"), () => undefined);
  try {
    // The kernel knows what is in use; the tool that says whether it lets us use more is the sandbox itself.
    execFileSync(toolchain.bin("pod-sandbox"), ["check"], { stdio: ["ignore", "ignore", "inherit"] });
    await checkGatewayPort();
    const addresses = chooseAddresses(usedAddresses(fs.readFileSync("/proc/net/route", "utf8")), interfaces());
    state.write(
      "instance.json",
      JSON.stringify({ ...addresses, apiServerPort: await freePort(), kwokPort: await freePort() }),
    );
    return await startSupervisor(state, toolchain);
  } finally {
    lock.release();
  }
}

/**
 * Refuses to start where another program has the gateway's port on all addresses: the load balancer could not listen.
 *
 * @throws Error that says what to do
 */
async function checkGatewayPort(): Promise<void> {
  const text = fs.readFileSync(path.join(PROJECT_ROOT, `Pulumi.${STACK_NAME}.yaml`), "utf8");
  const { config } = parse(text) as { config?: { "llm-d:gateway"?: { port?: number } } };
  const port = config?.["llm-d:gateway"]?.port ?? DEFAULT_GATEWAY_PORT;
  // Any address of the loopback network will do: what is asked is whether somebody has the port on all of them.
  if (await canListen("127.255.255.1", port)) return;
  throw new Error(
    `port ${port}, the gateway's, is taken by another program of this machine on all addresses (ss -ltnp shows which). ` +
      `Stop it, or set llm-d:gateway: {port: ...} in Pulumi.${STACK_NAME}.yaml.`,
  );
}

/**
 * Puts the stack right after an engine was killed: it left its lock, which only it could give back, and operations whose
 * outcome it did not see. Nobody else can hold a lock in this private folder, so one whose process is dead is removed, and
 * a refresh finds out what is there. A living lock is left alone, and Pulumi says who holds it.
 */
async function recover(state: StateFolder, toolchain: Toolchain, stack: Stack, takesOver: boolean): Promise<void> {
  const folder = state.path("pulumi", ".pulumi", "locks");
  if (!fs.existsSync(folder)) return;
  const locks = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    // One that was not written whole, because the disk was full, is still named as it was while it was written.
    .filter((name) => /\.json(\.\w+\.tmp)?$/.test(name) && name.includes(`/${STACK_NAME}/`))
    .map((name) => lockHolder(`${folder}/${name}`));
  // Not by its host's name, which a restarted container has anew; and a number may have gone to another program since.
  const dead = (pid: number | undefined): boolean =>
    pid === undefined || path.basename(executableOf(pid) ?? "") !== "pulumi";
  if (locks.length === 0 || !locks.every(dead)) return;
  // The provider of a killed engine lives on, and would go on with what it was doing beside the next one.
  const home = `PULUMI_HOME=${pulumiEnvironment(state, toolchain).PULUMI_HOME}`;
  killOrphans(toolchain.bin("pulumi-resource-kubernetes"), home, "pulumi");
  await stack.cancel();
  if (takesOver) {
    const workspace = workspaceOf(STACK_NAME, state.dir);
    await takeOver(STACK_NAME, ownerOf(projectOf(workspace.root), STACK_NAME), workspace);
  }
  await stack.refresh({ clearPendingCreates: true, color: "never" });
}

/** The process that wrote a lock; undefined where it is not whole. */
function lockHolder(file: string): number | undefined {
  try {
    return (JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
}
