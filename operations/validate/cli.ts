/** `make validate STACK=x`: sends a workload to a running environment and measures its cache hits. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { byKubeconfig } from "../../validation/environment/kubeconfig";
import { renderPage } from "../../validation/report/page";
import { ProgressPrinter, renderTerminal } from "../../validation/report/terminal";
import type { ValidationResult } from "../../validation/result";
import { secretHeaders } from "../../validation/runSettings";
import { validate } from "../../validation/validate";
import { printUsage, runCommand } from "../common/command";
import { PROJECT_ROOT } from "../common/workspace";
import { readTarget } from "./target";

const USAGE = `usage: cli.ts --stack STACK [--rounds N] [--out DIR] [--state DIR]
       cli.ts --page RESULT.json

  --stack   the stack to validate; "local" is the embedded environment
  --rounds  number of alternating rounds. Default: validation.rounds of the configuration
  --out     folder for validation.json and validation.html. Default: .validation/STACK
  --state   state folder of the embedded environment. Default: that of make local
  --page    only makes the page of a result, such as the result of the Job

exit code  0 passed   1 failed   2 the validation could not run
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      rounds: { type: "string" },
      out: { type: "string" },
      state: { type: "string" },
      page: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack, page } = values;
  if (page !== undefined) {
    writePage(JSON.parse(fs.readFileSync(page, "utf8")) as ValidationResult, page.replace(/(\.json)?$/, ".html"));
    return 0;
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const wrongRounds = rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0);
  if (values.help || stack === undefined || wrongRounds) return printUsage(USAGE, values.help);
  const target = await readTarget(stack, values.state);
  const settings = { ...target.settings, ...(rounds === undefined ? {} : { rounds }) };
  const progress = new ProgressPrinter(process.stdout);
  const result = await validate({
    settings,
    access: await byKubeconfig(target.kubeconfig, settings.namespace),
    salt: crypto.randomUUID(),
    headers: secretHeaders(process.env),
    onProgress: (at) => progress.take(at),
  });
  progress.end();
  process.stdout.write(renderTerminal(result));
  const folder = values.out ?? path.join(PROJECT_ROOT, ".validation", stack);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "validation.json");
  fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`\n${path.relative(process.cwd(), file)}\n`);
  writePage(result, path.join(folder, "validation.html"));
  return result.verdict === "passed" ? 0 : 1;
}

function writePage(result: ValidationResult, file: string): void {
  fs.writeFileSync(file, renderPage(result));
  process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
}

runCommand(main, 2);
