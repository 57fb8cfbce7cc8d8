import * as fs from "node:fs";
import { parseArgs } from "node:util";
import { down } from "./down";
import { checkPrivileges } from "./prerequisites";
import { DEFAULT_STATE_DIR, StateFolder, statePathProblem } from "./state";
import { printStatus } from "./status";
import { checkPrerequisites } from "./toolchain";
import { acquireLock } from "./toolchain/lock";
import { up } from "./up";

const USAGE = `usage: cli.ts up | status | logs [NAME] | down   [--state DIR]

  up      brings the embedded environment up, or up to date
  status  lists the processes of the control plane and of the pods
  logs    prints the last lines of a process or pod; without NAME, lists the logs
  down    destroys the stack, stops everything and removes the state folder; --force skips the destroy
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      state: { type: "string", default: DEFAULT_STATE_DIR },
      force: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, name] = positionals;
  const state = new StateFolder(values.state);
  if (values.help === true || command === undefined) {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const pathProblem = statePathProblem(state);
  if (pathProblem !== undefined) return fail([pathProblem]);
  switch (command) {
    case "up":
    case "down": {
      const problems = [
        ...checkPrerequisites(["environment"]),
        ...[checkPrivileges()].filter((problem) => problem !== undefined),
      ];
      if (problems.length > 0) return fail(problems);
      return alone(state, () => (command === "up" ? up(state) : down(state, values.force)));
    }
    case "status":
      return printStatus(state);
    case "logs":
      return logs(state, name);
    default:
      process.stderr.write(`unknown command ${JSON.stringify(command)}\n${USAGE}`);
      return 2;
  }
}

/** Runs a command while no other command changes the same environment. */
async function alone(state: StateFolder, run: () => Promise<number>): Promise<number> {
  // Next to the folder, because local-down removes the folder.
  const lock = await acquireLock(`${state.dir}.lock`, (pid) =>
    process.stdout.write(`Another command (process ${pid}) is changing the environment; waiting for it.\n`),
  );
  try {
    return await run();
  } finally {
    lock.release();
  }
}

function fail(problems: readonly string[]): number {
  process.stderr.write(`Cannot start, nothing was changed:\n${problems.map((problem) => `- ${problem}\n`).join("")}`);
  return 1;
}

/** Prints the log whose name contains `name`, or the names of the logs when not exactly one matches. */
async function logs(state: StateFolder, name: string | undefined): Promise<number> {
  const files = ["logs", "pods"]
    .map((folder) => state.path(folder))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs
        .readdirSync(folder)
        .filter((file) => file.endsWith(".log"))
        .map((file) => `${folder}/${file}`),
    );
  const matching = files.filter((file) => name !== undefined && file.includes(name));
  const [only] = matching;
  if (only === undefined || matching.length > 1) {
    const list = matching.length > 1 ? matching : files;
    process.stdout.write(
      list.length === 0 ? "no logs: nothing runs here\n" : `Choose one by part of its name:\n${list.join("\n")}\n`,
    );
    return name === undefined ? 0 : 1;
  }
  process.stdout.write(fs.readFileSync(only, "utf8").split("\n").slice(-50).join("\n"));
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
