/**
 * The validation inside of the cluster: `node validate.js SETTINGS.json [RESULTS]`, the latter a folder for Tekton's results.
 * It is bundled into one file (bundle.ts), so what it imports has to be small.
 */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { inCluster } from "./environment/inCluster";
import { ProgressPrinter, renderShort, renderTerminal, resultValues } from "./report/terminal";
import { secretHeaders, type ValidationSettings } from "./runSettings";
import { validate } from "./validate";

/** Where Kubernetes takes a container's last words from. */
const TERMINATION_LOG = "/dev/termination-log";

async function main(settingsFile = "", resultsFolder?: string): Promise<number> {
  const settings = JSON.parse(fs.readFileSync(settingsFile, "utf8")) as ValidationSettings;
  const progress = new ProgressPrinter(process.stdout);
  const result = await validate({
    settings,
    access: inCluster(settings.namespace),
    salt: crypto.randomUUID(),
    headers: secretHeaders(process.env),
    onProgress: (at) => progress.take(at),
  });
  process.stdout.write(`\n${renderTerminal(result)}\nRESULT ${JSON.stringify(result)}\n`);
  if (resultsFolder === undefined) fs.writeFileSync(TERMINATION_LOG, renderShort(result));
  // Tekton's own entrypoint has the termination log, and its results are files.
  else
    for (const [name, value] of Object.entries(resultValues(result)))
      fs.writeFileSync(path.join(resultsFolder, name), value);
  return result.verdict === "passed" ? 0 : 1;
}

// The first process of a pod is not ended by SIGTERM unless it says so.
process.once("SIGTERM", () => process.exit(143));
main(...process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
