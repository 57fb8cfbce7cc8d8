import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

const WORKFLOWS = path.join(__dirname, "..", "..", ".github", "workflows");

interface Job {
  readonly environment?: string;
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly if?: string;
  readonly needs?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

describe("the workflows on GitHub", () => {
  const files = fs.readdirSync(WORKFLOWS);
  const read = (file: string) => fs.readFileSync(path.join(WORKFLOWS, file), "utf8");
  const workflow = (file: string) => parse(read(file)) as Workflow;

  it("are exactly the expected files", () => {
    assert.deepEqual(files.sort(), ["destroy.yml", "drift.yml", "preview.yml", "test.yml", "update.yml"]);
  });

  for (const file of files) {
    describe(file, () => {
      const { on, permissions, jobs } = workflow(file);

      it("pins actions to a commit, with their version in a comment", () => {
        for (const line of read(file)
          .split("\n")
          .filter((one) => /\buses:/.test(one))) {
          assert.match(line, /uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        }
      });

      it("has only the right to read by default, and does not run on pull_request_target", () => {
        assert.deepEqual(permissions, { contents: "read" });
        assert.ok(!("pull_request_target" in on), "it would run the code of a fork with secrets");
      });

      it("has a timeout for each job, and no expression in a script", () => {
        for (const [name, job] of Object.entries(jobs)) {
          assert.ok(job["timeout-minutes"] !== undefined, name);
          for (const { run = "" } of job.steps ?? []) assert.ok(!run.includes("${{"), `${name}: ${run}`);
        }
      });

      it("gets credentials only by OIDC, and only in a job with an environment", () => {
        assert.doesNotMatch(read(file), /access-key|ACCESS_KEY|PULUMI_ACCESS_TOKEN/);
        for (const [name, job] of Object.entries(jobs)) {
          const secret = job.permissions?.["id-token"] === "write" || JSON.stringify(job).includes("secrets.");
          assert.equal(job.environment !== undefined, secret, name);
        }
      });
    });
  }

  it("do not preview pull requests of forks", () => {
    const { stacks, preview } = workflow("preview.yml").jobs;
    assert.equal(stacks?.if, "github.event.pull_request.head.repo.full_name == github.repository");
    assert.equal(preview?.needs, "stacks");
  });

  it("destroy a stack only when its name was typed a second time", () => {
    const { destroy } = workflow("destroy.yml").jobs;
    assert.match(destroy?.if ?? "", /inputs\.confirmation == format\('destroy \{0\}', inputs\.stack\)/);
  });
});
