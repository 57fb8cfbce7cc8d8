import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { HUGGING_FACE_TOKEN, type TestEnvironment } from "../support/environment";
import { descendants, processes } from "../../local/processes";
import { pulumi } from "../support/preview";
import { replaceEnvironment, sharedEnvironment } from "../support/shared";

const ENCODINGS = [HUGGING_FACE_TOKEN, Buffer.from(HUGGING_FACE_TOKEN).toString("base64")];

function files(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

describe("the Hugging Face token", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  before(async () => {
    environment = await sharedEnvironment();
  });

  it("reaches the model's pods", async () => {
    const [pod] = await environment.pods("ms-llm-d-modelservice-decode-");
    // The pod's program is a child of its sandbox process.
    const [program] = descendants(pod?.pid ?? 0);
    const variables = fs.readFileSync(`/proc/${program?.pid}/environ`, "utf8").split("\0");
    assert.ok(variables.includes(`HF_TOKEN=${HUGGING_FACE_TOKEN}`));
  });

  it("is not in plain text in any file: state, history, logs, specifications, etcd", () => {
    const all = files(environment.state.dir);
    assert.ok(all.some((file) => file.includes("/.pulumi/stacks/")) && all.some((file) => file.includes("/etcd/")));
    const telling = all.filter((file) => {
      const contents = fs.readFileSync(file);
      return ENCODINGS.some((text) => contents.includes(text));
    });
    assert.deepEqual(telling, []);
  });

  it("is not shown by a preview, the outputs, an export or the configuration", async () => {
    environment = await environment.reopen({ "models[0].replicas": "5" });
    const difference = await pulumi(environment, "preview", "--diff");
    assert.match(difference, /replicas: 3 => 5/);
    const shown = [
      difference,
      await pulumi(environment, "preview", "--json"),
      await pulumi(environment, "stack", "output"),
      await pulumi(environment, "stack", "output", "--json"),
      await pulumi(environment, "stack", "export"),
      await pulumi(environment, "config"),
    ];
    for (const text of ENCODINGS) assert.ok(!shown.join("").includes(text));
    environment = await environment.reopen();
    replaceEnvironment(environment);
  });

  it("is on no command line of any process while the stack is opened and brought up", async () => {
    const seen = new Set<string>();
    let looks = 0;
    const looking = setInterval(() => {
      looks++;
      for (const { commandLine } of processes()) seen.add(commandLine);
    }, 10);
    try {
      environment = await environment.reopen({}, { huggingFaceToken: HUGGING_FACE_TOKEN });
      replaceEnvironment(environment);
      await environment.embedded.stack.up({ color: "never" });
    } finally {
      clearInterval(looking);
    }
    assert.ok(looks > 50, `only ${looks} samples`);
    assert.ok([...seen].some((line) => line.includes("config set") && line.includes("huggingFaceToken")));
    assert.deepEqual(
      [...seen].filter((line) => ENCODINGS.some((text) => line.includes(text))),
      [],
    );
  });

  it("is in a folder that only its owner can enter, and each secret file is readable only by its owner", () => {
    const mode = (file: string): number => fs.statSync(file).mode & 0o777;
    assert.equal(mode(environment.state.dir), 0o700);
    const ours = ["instance.json", "kubeconfig", "run/tokens.json", "run/tokens.csv", "run/encryption.yaml"];
    for (const name of [...ours, "run/service-account.key", "run/passphrase", "logs/supervisor.log"]) {
      assert.equal(mode(environment.state.path(name)), 0o600, name);
    }
  });
});
