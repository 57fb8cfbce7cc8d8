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

describe("recording rules and alerts, with promtool", function () {
  // promtool evaluates hours of rules minute by minute.
  this.timeout(900_000);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-rules-"));
  let promtool = "";
  const write = (files: Readonly<Record<string, string>>): void =>
    Object.entries(files).forEach(([name, text]) => fs.writeFileSync(path.join(dir, name), text));
  before(async () => {
    promtool = (await ensureToolchain(["rules"], { quiet: true })).bin("promtool");
    write({ "rules.yaml": rulesFile(), "versions.yaml": versionsFile("rules.yaml"), ...testsFiles("rules.yaml") });
  });
  after(() => fs.rmSync(dir, { recursive: true, force: true }));

  const run = (...args: string[]): { status: number | null; text: string } => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: dir, encoding: "utf8" });
    return { status, text: `${stdout}${stderr}` };
  };

  it("are accepted by Prometheus without a lint warning", () => {
    const { status, text } = run("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml");
    assert.equal(status, 0, text);
  });

  it("are accepted as files, with the scrape jobs, by a Prometheus without an operator", () => {
    const args = { namespace: "llm-d", istioNamespace: "istio-system", gpuNamespace: "gpu-operator" };
    const files = prometheusFiles(scrapeObjects({ ...args, tokenSecret: "token" }), RULES);
    // promtool also looks for the token file, next to the file that names it.
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

  it("fire in each alert's firing case, and do not fire in its quiet case", () => {
    const { status, text } = run("test", "rules", "minutes.yaml", "hours.yaml");
    assert.equal(status, 0, text);
  });

  it("and dashboard panels have values with the metrics of vLLM 0.8, 0.10 and later versions", () => {
    const { status, text } = run("test", "rules", "versions.yaml");
    assert.equal(status, 0, text);
  });

  it("fail their tests when broken: a rule that never fires, and a rule that always fires", () => {
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
