/**
 * `pulumi preview` with the project's policies, and a summary of what it comes to: replacements, deletions, hourly cost.
 *
 *     make preview STACK=prod
 *     make preview STACK=prod MARKDOWN=comment.md      also writes the summary for a comment on a pull request
 *
 * Ends with the exit code of `pulumi preview`, which is not 0 when a policy is violated.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { asMarkdown, asText, type EngineEvent, summarize } from "./summary";

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stack: { type: "string" }, markdown: { type: "string" } },
  });
  const { stack, markdown } = values;
  if (stack === undefined || stack === "")
    throw new Error("usage: cli.ts --stack NAME [--markdown FILE] [-- ARGUMENTS]");
  const root = path.resolve(__dirname, "..", "..");
  // Private: events hold whatever the resources do, secrets aside.
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-preview-"));
  try {
    const log = path.join(dir, "events");
    const args = [
      "preview",
      "--diff",
      "--stack",
      stack,
      "--policy-pack",
      path.join(root, "policy"),
      "--event-log",
      log,
    ];
    const { status, error } = spawnSync("pulumi", [...args, ...positionals], {
      stdio: "inherit",
      // The CLI has the option only with its commands for debugging.
      env: { ...process.env, PULUMI_DEBUG_COMMANDS: "true" },
    });
    if (error !== undefined) throw new Error(`pulumi could not be started: ${error.message}`);
    const lines = fs.existsSync(log) ? fs.readFileSync(log, "utf8").split("\n") : [];
    const summary = summarize(lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent));
    process.stdout.write(`\n${asText(summary)}`);
    if (markdown !== undefined && markdown !== "") fs.writeFileSync(markdown, asMarkdown(stack, summary));
    return status ?? 1;
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
