import { parseArgs } from "node:util";
import { printUsage, runCommand } from "../common/command";
import { readStackSettings } from "../common/stackSettings";
import { runChecks } from "./check";
import { EXIT, formatReport, makeReport } from "./report";
import { selectChecks } from "./selection";
import { makeWeb } from "./web";

const USAGE = `usage: cli.ts --stack STACK [--json]

Checks, before money is spent, whether \`pulumi up\` of a stack will find what it needs. Changes nothing.

exit code  0 all checks passed   1 a check failed   2 wrong arguments or configuration
           3 no check failed, but at least one could not be made
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.stack === undefined) return printUsage(USAGE, values.help);
  const settings = await readStackSettings(values.stack);
  const checks = selectChecks(settings, makeWeb());
  const progress = process.stderr.isTTY && !values.json;
  let done = 0;
  const results = await runChecks(checks, () => {
    done++;
    if (progress) process.stderr.write(`\r${done} of ${checks.length} checks${done === checks.length ? "\n" : ""}`);
  });
  const { stack, source, config } = settings;
  const report = makeReport({ stack, platform: config.platform, source }, results);
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
  return report.exitCode;
}

runCommand(main, EXIT.unusable);
