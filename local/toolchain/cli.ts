import { parseArgs } from "node:util";
import {
  ALL_USES,
  checkPrerequisites,
  ensureToolchain,
  findToolchain,
  PRUNE_AFTER_DAYS,
  pruneToolchain,
  TOOL_NAMES,
  type ToolName,
  ToolchainError,
  ToolchainInterrupted,
  type Use,
} from ".";
import { cacheDir } from "./paths";

const USAGE = `usage: cli.ts [build [USE...] | where | prune]  [--quiet] [--days N]

  build  builds the pinned programs that are not in the cache (the default): those of the uses
         ${ALL_USES.join(", ")}, or all
  where  prints where the programs are, and builds nothing
  prune  deletes what no run has used for N days (default ${PRUNE_AFTER_DAYS})

The cache is ${cacheDir()}; LLMD_CACHE names another.
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      quiet: { type: "boolean", default: false },
      days: { type: "string", default: String(PRUNE_AFTER_DAYS) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command = "build", ...uses] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  switch (command) {
    case "build": {
      const toolchain = await ensureToolchain(usesNamed(uses), { quiet: values.quiet });
      process.stdout.write(`${toolchain.dir}\n`);
      return 0;
    }
    case "where":
      return where();
    case "prune": {
      const days = Number(values.days);
      if (!Number.isFinite(days) || days < 0)
        throw new ToolchainError(`--days takes a number of days, not ${values.days}`);
      const deleted = await pruneToolchain(days);
      process.stdout.write(deleted.length === 0 ? "nothing to delete\n" : `${deleted.join("\n")}\n`);
      return 0;
    }
    default:
      process.stderr.write(`unknown command ${JSON.stringify(command)}\n${USAGE}`);
      return 2;
  }
}

/** @throws ToolchainError for a name that is no use */
function usesNamed(names: readonly string[]): readonly Use[] {
  const unknown = names.find((name) => !(ALL_USES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new ToolchainError(`no use ${unknown}; the uses are ${ALL_USES.join(", ")}`);
  return names.length === 0 ? ALL_USES : (names as readonly Use[]);
}

function where(): number {
  const problems = checkPrerequisites([]);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  // The set without any program is enough to say which of them are built.
  const toolchain = problems.length === 0 ? findToolchain([]) : undefined;
  if (toolchain === undefined) {
    process.stderr.write(`nothing is built for these pins: run "make local" or "make tools"\n`);
    return 1;
  }
  const place = (name: ToolName): string => {
    try {
      return toolchain.bin(name);
    } catch (error) {
      if (error instanceof ToolchainError) return "not built";
      throw error;
    }
  };
  const folders = { set: toolchain.dir, mirror: toolchain.mirror, share: toolchain.share };
  const lines = [
    ...Object.entries(folders).map(([name, folder]) => `${name}: ${folder}`),
    ...TOOL_NAMES.map((name) => `${name}: ${place(name)}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof ToolchainError ? error.message : error);
    // 130 is what a shell reports for a command that was interrupted.
    process.exitCode = error instanceof ToolchainInterrupted ? 130 : 1;
  },
);
