import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/** Every Markdown page of the repository, including those of the embedded environment's charts. */
const PAGES = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && fs.existsSync(path.join(ROOT, file)));

/** A page without code blocks, and with the brackets in code spans masked. */
function prose(page: string): string {
  return fs
    .readFileSync(path.join(ROOT, page), "utf8")
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, "_"));
}

/** The anchors of a page's headings, by GitHub's rules. */
function anchors(page: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...prose(page).matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) => {
      const anchor = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-");
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

describe("the documentation", () => {
  it("has no link to a missing file or heading", () => {
    const broken: string[] = [];
    for (const page of PAGES) {
      for (const [, target = ""] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = "", anchor] = target.split("#");
        const to = file === "" ? page : path.normalize(path.join(path.dirname(page), decodeURI(file)));
        if (!fs.existsSync(path.join(ROOT, to))) broken.push(`${page}: ${target}: ${to} does not exist`);
        else if (anchor !== undefined && to.endsWith(".md") && !anchors(to).has(anchor)) {
          broken.push(`${page}: ${target}: ${to} does not have this heading`);
        }
      }
    }
    assert.deepEqual(broken, []);
  });

  it("is listed completely in docs/README.md", () => {
    const index = fs.readFileSync(path.join(ROOT, "docs", "README.md"), "utf8");
    const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== "docs/README.md");
    assert.deepEqual(
      pages.filter((page) => !index.includes(`](${path.basename(page)}`)),
      [],
    );
  });

  it("has exactly one runbook for every alert", () => {
    const folder = path.join(ROOT, "monitoring", "rules");
    const rules = fs
      .readdirSync(folder)
      .map((file) => fs.readFileSync(path.join(folder, file), "utf8"))
      .join("\n");
    const alerts = new Set([...rules.matchAll(/"(Llmd[A-Za-z]+)"/g)].map(([, name]) => name));
    const runbooks = fs.readdirSync(path.join(ROOT, "docs", "runbooks")).map((file) => file.replace(/\.md$/, ""));
    assert.deepEqual(runbooks.sort(), [...alerts].sort());
  });

  it("names no target that the Makefile does not have", () => {
    const targets = new Set(
      [...fs.readFileSync(path.join(ROOT, "Makefile"), "utf8").matchAll(/^([a-z-]+(?: [a-z-]+)*):/gm)].flatMap(
        ([, names = ""]) => names.split(" "),
      ),
    );
    const unknown = PAGES.flatMap((page) =>
      [...fs.readFileSync(path.join(ROOT, page), "utf8").matchAll(/`make ([a-z-]+)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !targets.has(target))
        .map((target) => `${page}: make ${target}`),
    );
    assert.deepEqual(unknown, []);
  });
});
