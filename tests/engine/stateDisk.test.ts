import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { pulumiHome } from "../../local/pulumiHome";
import { ensureToolchain } from "../../local/toolchain";

/** A stack with its state on a separate disk. It needs no cluster, because each failure comes before anything is made. */
describe("a state folder whose disk is full or read-only", function () {
  this.timeout(900_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-disk-"));
  const disk = path.join(folder, "state");
  const remount = (mode: "ro" | "rw"): void => void execFileSync("mount", ["-o", `remount,${mode}`, disk]);
  let stack: Stack;

  before(async () => {
    const toolchain = await ensureToolchain(["engine"], { quiet: true });
    fs.mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "local", projectName: "llm-d", program: () => Promise.resolve({ made: true }) },
      {
        workDir: folder,
        envVars: {
          PULUMI_BACKEND_URL: `file://${disk}`,
          PULUMI_CONFIG_PASSPHRASE: "of the test",
          PULUMI_HOME: pulumiHome(path.join(folder, "home")),
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
        pulumiCommand: await PulumiCommand.get({ root: path.dirname(toolchain.binDir) }),
      },
    );
    await stack.up({ color: "never" });
  });

  after(() => {
    execFileSync("umount", [disk]);
    fs.rmSync(folder, { recursive: true });
  });

  it("stops an up when it is full; pulumi cancel removes the half-written lock once there is space", async () => {
    const fill = path.join(disk, "fill");
    // dd must end with an error: the disk is then full.
    execFileSync("sh", ["-c", `dd if=/dev/zero of="${fill}" bs=4k 2>/dev/null || true`]);
    await assert.rejects(stack.up({ color: "never" }), /no space left on device/);
    fs.rmSync(fill);
    await stack.cancel();
    assert.equal((await stack.up({ color: "never" })).summary.result, "succeeded");
  });

  it("stops an up when it is read-only; the next up succeeds once it is writable", async () => {
    remount("ro");
    await assert.rejects(stack.up({ color: "never" }), /read-only file system/);
    remount("rw");
    assert.equal((await stack.up({ color: "never" })).summary.result, "succeeded");
  });
});
