import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  EMBEDDED_WORKSPACE_FILE,
  type EmbeddedWorkspace,
  PROJECT_ROOT,
  workspaceOf,
} from "../../../operations/common/workspace";

describe("the workspace of a stack", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd workspace "))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Describes an embedded environment whose CLI prints its folder and its environment. */
  function describeEnvironment(): EmbeddedWorkspace {
    const program = path.join(folder, "pulumi");
    fs.writeFileSync(program, "#!/bin/sh\npwd\nenv\n", { mode: 0o700 });
    const embedded: EmbeddedWorkspace = {
      program,
      root: folder,
      environment: { PULUMI_BACKEND_URL: "file:///state", PULUMI_CONFIG_PASSPHRASE_FILE: "/state/passphrase" },
      path: ["/tools/first", "/tools/second"],
      temporaryFolder: path.join(folder, "tmp"),
    };
    fs.writeFileSync(path.join(folder, EMBEDDED_WORKSPACE_FILE), JSON.stringify(embedded));
    return embedded;
  }

  it("is the project's folder for every stack but the embedded environment's", () => {
    assert.equal(workspaceOf("prod", folder).root, PROJECT_ROOT);
  });

  it("says to run make local when the embedded environment is not up, or its tools are gone", () => {
    assert.throws(() => workspaceOf("local", folder), /no embedded environment.*run make local/);
    fs.rmSync(describeEnvironment().program);
    assert.throws(() => workspaceOf("local", folder), /run make local/);
  });

  it("runs the embedded environment's own CLI in its folder, with its variables and a private temporary folder", async () => {
    const embedded = describeEnvironment();
    const before = process.env.PULUMI_CONFIG_PASSPHRASE;
    process.env.PULUMI_CONFIG_PASSPHRASE = "another";
    try {
      const lines = (await workspaceOf("local", folder).run([])).split("\n");
      assert.equal(fs.realpathSync(lines[0] ?? ""), fs.realpathSync(folder));
      const temporary = path.join(embedded.temporaryFolder, String(process.pid));
      for (const line of ["PULUMI_BACKEND_URL=file:///state", `TMPDIR=${temporary}`]) assert.ok(lines.includes(line));
      assert.equal(fs.statSync(temporary).mode & 0o777, 0o700);
      assert.ok(lines.some((line) => line.startsWith("PATH=/tools/first:/tools/second:")));
      assert.ok(!lines.some((line) => line.startsWith("PULUMI_CONFIG_PASSPHRASE=")));
    } finally {
      if (before === undefined) delete process.env.PULUMI_CONFIG_PASSPHRASE;
      else process.env.PULUMI_CONFIG_PASSPHRASE = before;
    }
  });
});
