import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readStackSettings } from "../../../operations/common/stackSettings";
import { PROJECT_ROOT } from "../../../operations/common/workspace";
import { FAKE_TOKEN } from "../../support/fakeWeb";

const MODELS = [{ name: "meta-llama/Llama-3.1-8B-Instruct" }];
const KUBERNETES = { kubeconfig: path.join(PROJECT_ROOT, "package.json"), context: "c" };

/** What `pulumi config --json --show-secrets` prints. */
function printed(token?: string, platform = "existing"): string {
  return JSON.stringify({
    "llm-d:platform": { value: platform, secret: false },
    "llm-d:models": { value: JSON.stringify(MODELS), objectValue: MODELS, secret: false },
    "llm-d:kubernetes": { value: JSON.stringify(KUBERNETES), objectValue: KUBERNETES, secret: false },
    ...(token === undefined ? {} : { "llm-d:huggingFaceToken": { value: token, secret: true } }),
  });
}

describe("reading a stack's settings", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-settings-"));
    fs.copyFileSync(path.join(PROJECT_ROOT, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  const file = (token: string): void =>
    fs.writeFileSync(
      path.join(root, "Pulumi.dev.yaml"),
      [
        "config:",
        "  llm-d:platform: existing",
        `  llm-d:models: ${JSON.stringify(MODELS)}`,
        `  llm-d:kubernetes: ${JSON.stringify(KUBERNETES)}`,
        token,
      ].join("\n"),
    );
  const noCli = () => Promise.reject(new Error(`error: no passphrase for ${FAKE_TOKEN}\nmore`));

  it("reads them from the CLI, with the token", async () => {
    const settings = await readStackSettings("dev", { root, run: () => Promise.resolve(printed(FAKE_TOKEN)) });
    assert.deepEqual(settings.token, { state: "read", value: FAKE_TOKEN });
    assert.deepEqual(
      [settings.source, settings.project, settings.config.platform],
      ["pulumi config", "llm-d", "existing"],
    );
  });

  it("accepts a missing token, because a check reports it", async () => {
    const settings = await readStackSettings("dev", { root, run: () => Promise.resolve(printed()) });
    assert.deepEqual(settings.token, { state: "missing" });
  });

  it("reads them from the file when the CLI cannot be used, and says why the token is unreadable", async () => {
    file("  llm-d:huggingFaceToken:\n    secure: v1:abc");
    const settings = await readStackSettings("dev", { root, run: noCli });
    assert.deepEqual(settings.token, { state: "unreadable", reason: "no passphrase for [secret]" });
    assert.equal(settings.source, "Pulumi.dev.yaml");
    assert.equal(settings.config.models[0]?.uri, "hf://meta-llama/Llama-3.1-8B-Instruct");
  });

  it("refuses a token in plain text, and does not repeat it", async () => {
    file(`  llm-d:huggingFaceToken: ${FAKE_TOKEN}`);
    await assert.rejects(readStackSettings("dev", { root, run: noCli }), (error: Error) => {
      assert.match(error.message, /huggingFaceToken: is stored in plain text/);
      return !error.message.includes(FAKE_TOKEN);
    });
  });

  it("reports the mistakes of the CLI's configuration, and does not read the file", async () => {
    file("");
    const run = () => Promise.resolve(printed(FAKE_TOKEN, "moon"));
    await assert.rejects(readStackSettings("dev", { root, run }), /platform: "moon" is not allowed/);
  });

  it("says that the stack does not exist", async () => {
    const run = () => Promise.reject(new Error("error: no stack named 'dev' found"));
    await assert.rejects(
      readStackSettings("dev", { root, run }),
      /no stack named 'dev' found; and there is no Pulumi.dev/,
    );
  });
});
