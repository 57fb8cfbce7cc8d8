import * as fs from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";

/**
 * A process that runs tests again and again, each time with other texts in place of some sources, and says how many fail,
 * up to the first. Everything but the project's own modules is loaded once, and each text is compiled once: starting mocha
 * anew for each mutation took four times as long.
 */

/** What the process is sent. */
export interface MutationRequest {
  /** Test files, absolute. */
  readonly tests: readonly string[];
  /** Texts that replace those of files, by absolute path. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What it answers. */
export type MutationAnswer = { readonly failures: number } | { readonly error: string };

/** The part of ts-node's service that is used. */
interface TsNode {
  compile(text: string, file: string): string;
}

const ROOT = path.resolve(__dirname, "..", "..");
const DEPENDENCIES = `${path.sep}node_modules${path.sep}`;

class Silent extends Mocha.reporters.Base {}

/** What takes the place of files at the moment. */
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

// What a failed build left under way ends later, when nobody waits for it.
process.on("unhandledRejection", () => undefined);
// Each Mocha listens to the process.
process.setMaxListeners(0);
compileFromTexts();
process.on("message", (request: MutationRequest) => {
  texts = request.texts;
  run(request).then(
    (failures) => process.send?.({ failures } satisfies MutationAnswer),
    (error: unknown) => process.send?.({ error: String(error) } satisfies MutationAnswer),
  );
});
