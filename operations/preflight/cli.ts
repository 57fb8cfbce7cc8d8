import { parseArgs } from "node:util";
import { readStackSettings, withoutTokens } from "../common/stackSettings";
import { runChecks } from "./check";
import { EXIT, formatReport, makeReport } from "./report";
import { selectChecks } from "./selection";
import { makeWeb } from "./web";

const USAGE = `usage: cli.ts --stack STACK [--json]

Checks, before anything is bought, what \`pulumi up\` of a stack will need. Changes nothing anywhere.

exit code  0 all passed   1 something failed   2 the command or the configuration cannot be used
           3 nothing failed, but something could not be checked
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.stack === undefined) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : EXIT.unusable;
  }
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

main().then(
  // Calls that timed out would keep the process alive for as long as their sockets last.
  (code) => process.stdout.write("", () => process.exit(code)),
  (error: unknown) => {
    process.stderr.write(`${withoutTokens(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = EXIT.unusable;
  },
);
