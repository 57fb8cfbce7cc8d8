import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { ensureToolchain } from "../../local/toolchain";
import { RULES, scrapeObjects } from "../../monitoring";
import { prometheusFiles } from "../../monitoring/objects/prometheusFiles";
import { TOKEN_FILE } from "../../monitoring/scrape/configs";
import { CONFIGURATION, FOLDER } from "../support/monitoring/plainPrometheus";
import { rulesFile, testsFiles, versionsFile } from "../support/monitoring/promtool";
import { ALERT_CASES } from "../support/monitoring/ruleCases";

describe("recording rules and alerts, by promtool", function () {
  // promtool goes through hours of rules minute by minute.
  this.timeout(900_000);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-rules-"));
  let promtool = "";
  const write = (files: Readonly<Record<string, string>>): void =>
    Object.entries(files).forEach(([name, text]) => fs.writeFileSync(path.join(dir, name), text));
  before(async () => {
    promtool = (await ensureToolchain({ quiet: true })).bin("promtool");
    write({ "rules.yaml": rulesFile(), "versions.yaml": versionsFile("rules.yaml"), ...testsFiles("rules.yaml") });
  });
  after(() => fs.rmSync(dir, { recursive: true, force: true }));

  const run = (...args: string[]): { status: number | null; text: string } => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: dir, encoding: "utf8" });
    return { status, text: `${stdout}${stderr}` };
  };

  it("are rules that Prometheus takes, without a lint", () => {
    const { status, text } = run("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml");
    assert.equal(status, 0, text);
  });

  it("are files that a Prometheus without operator takes, with its scrape jobs", () => {
    const args = { namespace: "llm-d", istioNamespace: "istio-system", gpuNamespace: "gpu-operator" };
    const files = prometheusFiles(scrapeObjects({ ...args, tokenSecret: "token" }), RULES);
    // promtool looks for the token as well: beside the file that names it.
    write({
      ...files,
      [TOKEN_FILE]: "a token",
      "prometheus.yml": stringify(CONFIGURATION).replaceAll(`${FOLDER}/`, ""),
    });
    const { status, text } = run("check", "config", "--lint=all", "prometheus.yml");
    assert.equal(status, 0, text);
    assert.match(text, /1 rule files found/);
    fs.rmSync(path.join(dir, TOKEN_FILE));
    assert.notEqual(run("check", "config", "prometheus.yml").status, 0);
  });

  it("fire in each alert's firing case, and not in its quiet one", () => {
    const { status, text } = run("test", "rules", "minutes.yaml", "hours.yaml");
    assert.equal(status, 0, text);
  });

  it("are fed by vLLM 0.8, 0.10 and later ones alike, and so is every panel about them", () => {
    const { status, text } = run("test", "rules", "versions.yaml");
    assert.equal(status, 0, text);
  });

  it("would be noticed not to: a rule that never fires fails its case, one that always does its quiet one", () => {
    const one =
      testsFiles(
        "rules.yaml",
        ALERT_CASES.filter(({ alert }) => alert === "LlmdGpuXid"),
      )["minutes.yaml"] ?? "";
    for (const expr of ["vector(0) > 0", "vector(1)"]) {
      write({
        "one.yaml": one,
        "rules.yaml": rulesFile().replace(/expr: DCGM_FI_DEV_XID_ERRORS > 0.*/, `expr: ${expr}`),
      });
      const { status, text } = run("test", "rules", "one.yaml");
      assert.notEqual(status, 0);
      assert.match(text, /alertname=.+LlmdGpuXid/);
    }
  });
});
