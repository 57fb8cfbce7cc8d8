import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { findToolchain } from "../../local/toolchain";
import { RULES } from "../../monitoring";

describe("promtool, of the Prometheus that is built", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-promtool-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  function promtool(...args: string[]): { status: number | null; output: string } {
    const toolchain = findToolchain() ?? assert.fail("the tools are not built: make tools");
    const { status, stdout, stderr } = spawnSync(toolchain.bin("promtool"), args, { cwd: folder, encoding: "utf8" });
    return { status, output: stdout + stderr };
  }

  it("takes all recording rules and alerts", () => {
    fs.writeFileSync(path.join(folder, "rules.yaml"), stringify({ groups: RULES }));
    const { status, output } = promtool("check", "rules", "rules.yaml");
    assert.equal(status, 0, output);
    assert.match(output, new RegExp(`SUCCESS: ${RULES.flatMap(({ rules }) => rules).length} rules found`));
  });

  it("would refuse one that is none", () => {
    const groups = [{ name: "g", rules: [{ alert: "A", expr: "sum(" }] }];
    fs.writeFileSync(path.join(folder, "bad.yaml"), stringify({ groups }));
    assert.notEqual(promtool("check", "rules", "bad.yaml").status, 0);
  });
});
