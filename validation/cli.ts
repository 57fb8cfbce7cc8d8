/** `make validate STACK=x`: shows that a running environment does what it is for. Exit code 1 where it does not. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT, withoutTokens } from "../operations/common/stackSettings";
import { byKubeconfig } from "./environment/kubeconfig";
import { renderPage } from "./report/page";
import { ProgressPrinter, renderTerminal } from "./report/terminal";
import type { ValidationResult } from "./result";
import { secretHeaders } from "./runSettings";
import { readTarget } from "./target";
import { validate } from "./validate";

const USAGE = `usage: cli.ts --stack STACK [--rounds N] [--out DIR] [--state DIR]
       cli.ts --page RESULT.json

  --stack   the stack to validate; "local" is the embedded environment
  --rounds  alternating rounds, instead of what validation.rounds says
  --out     where validation.json and validation.html go. Default: .validation/STACK
  --state   the embedded environment's folder. Default: that of make local
  --page    makes the page of a result that is there, such as the Job's
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      rounds: { type: "string" },
      out: { type: "string" },
      state: { type: "string" },
      page: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.page !== undefined) {
    const result = JSON.parse(fs.readFileSync(values.page, "utf8")) as ValidationResult;
    writePage(result, values.page.replace(/(\.json)?$/, ".html"));
    return 0;
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const wrong = values.stack === undefined || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0));
  if (values.help === true || wrong) {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const stack = values.stack ?? "";
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

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${withoutTokens(error instanceof Error ? error.message : String(error))}\n`);
    process.exit(2);
  },
);
