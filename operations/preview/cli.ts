/**
 * Runs `pulumi preview` with the project's policies, and summarizes it: replacements, deletions, cost for each hour.
 *
 *     make preview STACK=prod
 *     make preview STACK=prod MARKDOWN=comment.md      also writes the summary for a comment on a pull request
 *
 * The exit code is that of `pulumi preview`, which is not 0 when a policy is violated.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { printUsage, runCommand } from "../common/command";
import { PROJECT_ROOT } from "../common/workspace";
import { asMarkdown, asText, summarize } from "./summary";

const USAGE = "usage: cli.ts --stack STACK [--markdown FILE] [-- ARGUMENTS OF pulumi preview]\n";

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      markdown: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack = "", markdown = "" } = values;
  if (values.help || stack === "") return printUsage(USAGE, values.help);
  // A private folder: events hold the inputs of all resources, except for secrets.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-preview-"));
  try {
    const log = path.join(folder, "events");
    const policies = ["--policy-pack", path.join(PROJECT_ROOT, "policy")];
    const args = ["preview", "--diff", "--stack", stack, ...policies, "--event-log", log, ...positionals];
    // The CLI offers --event-log only together with its commands for debugging.
    const env = { ...process.env, PULUMI_DEBUG_COMMANDS: "true" };
    const { status, error } = spawnSync("pulumi", args, { stdio: "inherit", env });
    if (error !== undefined) throw new Error(`pulumi could not be started: ${error.message}`);
    const lines = fs.existsSync(log) ? fs.readFileSync(log, "utf8").split("\n") : [];
    const summary = summarize(lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent));
    process.stdout.write(`\n${asText(summary)}`);
    if (markdown !== "") fs.writeFileSync(markdown, asMarkdown(stack, summary));
    return status ?? 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

runCommand(main, 2);
