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
import { type LocalStackOptions, openStack, pulumiEnvironment, type SettingChanges, STACK_NAME } from "./stack";
import { PROJECT_ROOT, type StateFolder } from "./state";
import type { SupervisorStatus } from "./supervisor";
import { startSupervisor } from "./supervisorClient";
import { ensureToolchain, type Toolchain, type Use } from "./toolchain";
import { acquireLock } from "./toolchain/lock";
import { cacheDir } from "./toolchain/paths";

/** The gateway's port when the stack's settings have none. */
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
  /** Does not report the build of the toolchain. */
  readonly quiet?: boolean;
  /** Imports what a killed engine was creating into the state. A destroy needs it: it deletes only what is in the state. */
  readonly takeOver?: boolean;
}

/**
 * What the settings need programs for. They are not parsed: the CLI, which merges the changes into the file, may not be
 * built yet.
 */
export function usesOf(changes: SettingChanges = {}): Use[] {
  const changed = Object.entries(changes).filter(([path, value]) => path.startsWith("models") && value !== undefined);
  const scales = JSON.stringify([settings()["llm-d:models"], changed]).includes("autoscaling");
  return scales ? ["environment", "autoscaling"] : ["environment"];
}

/** The settings of the stack's file, as they are written there. */
function settings(): { readonly "llm-d:models"?: unknown; readonly "llm-d:gateway"?: { readonly port?: number } } {
  const text = fs.readFileSync(path.join(PROJECT_ROOT, `Pulumi.${STACK_NAME}.yaml`), "utf8");
  return (parse(text) as { config?: ReturnType<typeof settings> }).config ?? {};
}

/**
 * Builds missing programs, starts the cluster when it does not run, and opens the stack. A state folder that exists is used
 * again.
 */
export async function openEmbedded(
  state: StateFolder,
  options: LocalStackOptions & OpenOptions = {},
): Promise<Embedded> {
  const toolchain = await ensureToolchain(usesOf(options.config), { quiet: options.quiet });
  state.create();
  const supervisor =
    state.instance() === undefined ? await startFirst(state, toolchain) : await startSupervisor(state, toolchain);
  const stack = await openStack(state, toolchain, options);
  await recover(state, toolchain, stack, options.takeOver ?? false);
  return { state, toolchain, supervisor, stack };
}

/**
 * Starts the cluster for the first time, on unused addresses. The lock is needed because another environment's addresses are
 * visible only once its bridge exists.
 */
async function startFirst(state: StateFolder, toolchain: Toolchain): Promise<SupervisorStatus> {
  const lock = await acquireLock(path.join(cacheDir(), "addresses.lock"), () => undefined);
  try {
    // Reports what the kernel does not allow.
    execFileSync(toolchain.bin("pod-sandbox"), ["check"], { stdio: ["ignore", "ignore", "inherit"] });
    await checkGatewayPort();
    const addresses = chooseAddresses(
      usedAddresses(fs.readFileSync("/proc/net/route", "utf8")),
      fs.readdirSync("/sys/class/net"),
    );
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
 * Checks that the load balancer can listen on the gateway's port.
 *
 * @throws Error when another program uses the port on all addresses
 */
async function checkGatewayPort(): Promise<void> {
  const port = settings()["llm-d:gateway"]?.port ?? DEFAULT_GATEWAY_PORT;
  // Any loopback address shows whether a program listens on all of them.
  if (await canListen("127.255.255.1", port)) return;
  throw new Error(
    `port ${port}, the gateway's, is in use by another program on all addresses (ss -ltnp shows which). ` +
      `Stop it, or set llm-d:gateway: {port: ...} in Pulumi.${STACK_NAME}.yaml.`,
  );
}

/**
 * Repairs the stack after an engine was killed. The engine left its lock and unfinished operations. A lock whose process is
 * dead is removed, and a refresh reads what exists. The lock of a running process is kept; Pulumi reports its holder.
 */
async function recover(state: StateFolder, toolchain: Toolchain, stack: Stack, takesOver: boolean): Promise<void> {
  const folder = state.path("pulumi", ".pulumi", "locks");
  if (!fs.existsSync(folder)) return;
  const locks = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    // A lock that was not written completely, because the disk was full, still has its temporary name.
    .filter((name) => /\.json(\.\w+\.tmp)?$/.test(name) && name.includes(`/${STACK_NAME}/`))
    .map((name) => lockHolder(`${folder}/${name}`));
  // The lock's host name is useless: a restarted container has another. The pid may belong to another program by now.
  const dead = (pid: number | undefined): boolean =>
    pid === undefined || path.basename(executableOf(pid) ?? "") !== "pulumi";
  if (locks.length === 0 || !locks.every(dead)) return;
  // The provider of a killed engine still runs, and would interfere with the next one.
  const home = `PULUMI_HOME=${pulumiEnvironment(state, toolchain).PULUMI_HOME}`;
  killOrphans(toolchain.bin("pulumi-resource-kubernetes"), home, "pulumi");
  await stack.cancel();
  if (takesOver) {
    const workspace = workspaceOf(STACK_NAME, state.dir);
    await takeOver(STACK_NAME, ownerOf(projectOf(workspace.root), STACK_NAME), workspace);
  }
  await stack.refresh({ clearPendingCreates: true, color: "never" });
}

/** The process that wrote a lock; undefined when the lock is incomplete. */
function lockHolder(file: string): number | undefined {
  try {
    return (JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
}
