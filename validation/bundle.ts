import * as path from "node:path";
import { buildSync } from "esbuild";

/** Most that a ConfigMap holds, 1 MiB, less some room for its other keys. */
const MAX_BYTES = 1024 * 1024 - 64 * 1024;

/**
 * The validation as one file for Node.js without any package, small enough for a ConfigMap. The same sources give the
 * same text, so that nothing changes on the cluster where nothing changed here.
 */
export function bundleProgram(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, "job.ts")],
    // Paths in comments are relative to this, wherever the program was started.
    absWorkingDir: path.join(__dirname, ".."),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    write: false,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw new Error(`the validation is ${bytes} bytes, and a ConfigMap takes ${MAX_BYTES}`);
  return text;
}
