/**
 * The validation inside the cluster: `node validate.js SETTINGS.json [RESULTS]`. RESULTS is a folder for Tekton's results.
 * CacheHitValidation bundles it into one file for a ConfigMap, so its imports must be small.
 */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { inCluster } from "./environment/access";
import { ProgressPrinter, renderShort, renderTerminal, resultValues } from "./report/terminal";
import { secretHeaders, type ValidationSettings } from "./runSettings";
import { validate } from "./validate";

/** The file from which Kubernetes reads a container's termination message. */
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
  if (resultsFolder === undefined) {
    fs.writeFileSync(TERMINATION_LOG, renderShort(result));
  } else {
    // Tekton's own entrypoint uses the termination log, and reads the results from files.
    for (const [name, value] of Object.entries(resultValues(result))) {
      fs.writeFileSync(path.join(resultsFolder, name), value);
    }
  }
  return result.verdict === "passed" ? 0 : 1;
}

// The kernel does not end a container's first process on SIGTERM unless it has a handler.
process.once("SIGTERM", () => process.exit(143));
main(...process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
