import * as fs from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";

/**
 * A process that runs tests repeatedly, each time with changed sources, and reports whether one fails. It loads dependencies once
 * and compiles each source once. A new mocha process for each mutation took four times as long.
 */

/** A request to the process. */
export interface MutationRequest {
  /** Absolute paths of the test files. */
  readonly tests: readonly string[];
  /** Changed sources by absolute path. */
  readonly texts: Readonly<Record<string, string>>;
}

/** The answer of the process. */
export type MutationAnswer = { readonly failures: number } | { readonly error: string };

/** The part of ts-node's service that is used. */
interface TsNode {
  compile(text: string, file: string): string;
}

const ROOT = path.resolve(__dirname, "..", "..");
const DEPENDENCIES = `${path.sep}node_modules${path.sep}`;

class Silent extends Mocha.reporters.Base {}

/** The current changed sources. */
let texts: Readonly<Record<string, string>> = {};

function compileFromTexts(): void {
  const service = (process as unknown as Record<symbol, TsNode | undefined>)[Symbol.for("ts-node.register.instance")];
  if (service === undefined) throw new Error("ts-node is not registered");
  const compiled = new Map<string, string>();
  require.extensions[".ts"] = (module: NodeJS.Module, file: string) => {
    const text = texts[file] ?? fs.readFileSync(file, "utf8");
    const key = `${file}\n${text}`;
    const code = compiled.get(key) ?? service.compile(text, file);
    compiled.set(key, code);
    (module as unknown as { _compile(code: string, file: string): void })._compile(code, file);
  };
}

function forgetOwnModules(): void {
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(ROOT + path.sep) && !file.includes(DEPENDENCIES)) delete require.cache[file];
  }
}

function run({ tests }: MutationRequest): Promise<number> {
  forgetOwnModules();
  const mocha = new Mocha({ bail: true, reporter: Silent, timeout: 60_000 });
  for (const file of tests) mocha.addFile(file);
  return new Promise((resolve) => mocha.run(resolve));
}

// Operations of a failed build may end later, when nothing awaits them.
process.on("unhandledRejection", () => undefined);
// Each Mocha adds listeners to the process.
process.setMaxListeners(0);
compileFromTexts();
process.on("message", (request: MutationRequest) => {
  texts = request.texts;
  run(request).then(
    (failures) => process.send?.({ failures } satisfies MutationAnswer),
    (error: unknown) => process.send?.({ error: String(error) } satisfies MutationAnswer),
  );
});
