import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROJECT_ROOT } from "../../../operations/common/workspace";
import { type FakeAws, startFakeAws } from "../../support/fakeAws";
import { fakeInternet, type FakeServer, FAKE_TOKEN, startFake } from "../../support/fakeWeb";
import { withMoto } from "../../support/withMoto";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const CONFIG = {
  platform: "eks",
  models: [{ name: "org/open" }, { id: "two", name: "org/gated" }],
  aws: { region: "us-east-1", network: { zones: ["us-east-1a", "us-east-1b"] }, gpuNodes: { zone: "us-east-1a" } },
};

/** Runs the commands as users do: as processes, with a fake `pulumi` first on the PATH. */
describe("the commands preflight and leftovers", function () {
  this.timeout(60_000);
  const aws = withMoto();
  let folder: string;
  let internet: FakeServer;
  let account: FakeAws;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-operations-"));
    const printed = Object.entries(CONFIG).map(([key, value]) => [
      `llm-d:${key}`,
      { value: typeof value === "string" ? value : JSON.stringify(value), secret: false },
    ]);
    const token = { "llm-d:huggingFaceToken": { value: FAKE_TOKEN, secret: true } };
    fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...Object.fromEntries(printed), ...token }));
    fs.writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\nexec cat ${folder}/config.json\n`, { mode: 0o755 });
    internet = await startFake(fakeInternet({ gated: ["org/gated"], missing: ["vllm-openai"] }));
    account = await startFakeAws(aws.moto().endpoint, {
      quotas: { "L-417A185B": 96, "L-1216C47A": 64, "L-F678F1CE": 5, "L-0263D0A3": 5 },
      eksVersions: { "1.33": "STANDARD_SUPPORT" },
    });
  });
  after(async () => {
    await internet?.stop();
    await account?.stop();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  function run(command: "preflight" | "leftovers", ...args: string[]): Promise<Ran> {
    const script = path.join(PROJECT_ROOT, "operations", command, "cli.ts");
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      AWS_ENDPOINT_URL: account.endpoint,
      LLMD_PREFLIGHT_BASE: internet.base,
    };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        ["-r", "./loader.cjs", script, ...args],
        { cwd: PROJECT_ROOT, env },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  it("preflight --json prints all checks, and exits with 1 when one failed", async () => {
    const { code, stdout, stderr } = await run("preflight", "--stack", "dev", "--json");
    const report = JSON.parse(stdout) as {
      exitCode: number;
      checks: { id: string; status: string; remedy?: string }[];
    };
    const failed = report.checks.filter(({ status }) => status !== "passed");
    assert.deepEqual(
      failed.map(({ id, status }) => `${id} ${status}`),
      [
        // moto knows neither EKS's add-ons nor its machine images.
        ...["aws.eks.addons unknown", "aws.ami.gpu failed", "aws.ami.system failed"],
        ...["huggingface.model.org/gated failed", "image.vllm failed"],
      ],
      stderr,
    );
    assert.ok(failed.every(({ status, remedy }) => status === "unknown" || remedy !== undefined));
    assert.deepEqual([code, report.exitCode], [1, 1]);
    const ids = report.checks.map(({ id }) => id);
    for (const id of ["aws.credentials", "chart.istiod", "chart.aws-load-balancer-controller", "crds.gateway-api"]) {
      assert.ok(ids.includes(id), id);
    }
  });

  it("preflight prints a table without the token", async () => {
    const { stdout, stderr } = await run("preflight", "--stack", "dev");
    assert.match(stdout, /^Preflight of dev \(eks; settings from pulumi config\)/);
    assert.match(stdout, /\nFAIL {2}weights of org\/gated +gated, and access is not granted/);
    assert.match(stdout, /\n\d+ passed, 0 warnings, 4 failed, 1 could not be checked\n$/);
    assert.ok(!`${stdout}${stderr}`.includes(FAKE_TOKEN));
  });

  it("leftovers finds nothing in an empty account", async () => {
    const { code, stdout } = await run("leftovers", "--stack", "dev");
    assert.match(
      stdout,
      /^Searched us-east-1 for the tag llm-d.ai\/environment=llm-d\/dev and the tags of cluster llm-d-dev.\nNothing is left.\n$/,
    );
    assert.equal(code, 0);
  });

  it("leftovers searches by region and cluster name when there is no configuration", async () => {
    const { code, stdout } = await run(
      ...(["leftovers", "--stack", "gone", "--region", "eu-west-1", "--cluster", "llm-d-gone", "--json"] as const),
    );
    const inventory = JSON.parse(stdout) as { identity: unknown };
    assert.deepEqual(inventory.identity, { owner: "llm-d/gone", cluster: "llm-d-gone", region: "eu-west-1" });
    assert.equal(code, 0);
  });

  for (const command of ["preflight", "leftovers"] as const) {
    it(`${command} prints its usage`, async () => {
      assert.deepEqual((await run(command)).code, 2);
      const help = await run(command, "--help");
      assert.deepEqual([help.code, help.stdout.startsWith("usage:")], [0, true]);
      assert.equal((await run(command, "--nonsense")).code, 2);
    });
  }
});
