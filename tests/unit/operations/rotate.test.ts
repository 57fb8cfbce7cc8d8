import * as assert from "node:assert/strict";
import { rotate } from "../../../operations/rotate/rotate";
import { SECRETS } from "../../../operations/rotate/secrets";
import { PROJECT_ROOT, type Workspace } from "../../../operations/common/workspace";

const OLD = "hf_oldTokenOfTheTests";
const NEW = "hf_newTokenOfTheTests";

interface Shown {
  readonly args: readonly string[];
  readonly input?: string;
}

/** A workspace whose commands succeed, except those that start with `failing`. `shown` lists what was run. */
function fakeWorkspace(config: Record<string, unknown>, failing?: string): { workspace: Workspace; shown: Shown[] } {
  const shown: Shown[] = [];
  const all = { platform: "local", models: [{ name: "org/model" }], kubernetes: { kubeconfig: __filename }, ...config };
  const printed = Object.entries(all).map(([key, value]) => [
    `llm-d:${key}`,
    { value: typeof value === "string" ? value : JSON.stringify(value), secret: false },
  ]);
  const token = { "llm-d:huggingFaceToken": { value: OLD, secret: true } };
  return {
    shown,
    workspace: {
      root: PROJECT_ROOT,
      run: () => Promise.resolve(JSON.stringify({ ...Object.fromEntries(printed), ...token })),
      show: (args, input) => {
        shown.push({ args, ...(input === undefined ? {} : { input }) });
        return Promise.resolve(failing !== undefined && args.join(" ").startsWith(failing) ? 255 : 0);
      },
    },
  };
}

const token = SECRETS["hugging-face-token"];
const password = SECRETS["grafana-admin-password"];
const STACK = { monitoring: { mode: "stack" } };
const nothing = (): Promise<string> => Promise.reject(new Error("nothing is to be asked"));

describe("make rotate", () => {
  it("passes the token to pulumi through standard input, and updates only the Secret that holds it", async () => {
    const { workspace, shown } = fakeWorkspace({});
    await rotate("dev", token, workspace, () => Promise.resolve(`${NEW}\n`));
    assert.deepEqual(
      shown.map(({ args: [command, verb] }) => [command, command === "config" ? verb : ""]),
      [
        ["config", "set"],
        ["up", ""],
      ],
    );
    assert.equal(shown[0]?.input, NEW);
    assert.ok(shown[0]?.args.includes("--secret"));
    assert.ok(shown.every(({ args }) => !args.join(" ").includes(NEW)));
    const up = shown[1]?.args ?? [];
    assert.deepEqual(
      up.filter((_, index) => up[index - 1] === "--target"),
      ["**llmd:serving:HuggingFaceSecret$kubernetes:core/v1:Secret::**"],
    );
  });

  it("increments the generation of Grafana's password, and updates only what makes, holds and reads it", async () => {
    const { workspace, shown } = fakeWorkspace({ monitoring: { mode: "stack", grafana: { passwordGeneration: 4 } } });
    await rotate("dev", password, workspace, nothing);
    assert.equal(shown[0]?.input, "5");
    assert.ok(shown[0]?.args.includes("llm-d:monitoring.grafana.passwordGeneration"));
    assert.equal(shown[1]?.args.filter((argument) => argument === "--target").length, 3);
  });

  const refused: readonly (readonly [string, keyof typeof SECRETS, Record<string, unknown>, string, RegExp])[] = [
    ["a value that is no token", "hugging-face-token", {}, "secret-of-something-else", /not a Hugging Face token/],
    ["nothing at all", "hugging-face-token", {}, "\n", /not a Hugging Face token/],
    ["the token that is in use", "hugging-face-token", {}, OLD, /is the one that is in use/],
    ["the password of a Grafana that does not exist", "grafana-admin-password", {}, "", /monitoring\.mode is/],
    [
      "the password of a Grafana that stores it itself",
      "grafana-admin-password",
      { monitoring: { ...STACK.monitoring, values: { grafana: { persistence: { enabled: true } } } } },
      "",
      /reset-admin-password/,
    ],
  ];
  for (const [what, name, config, value, message] of refused) {
    it(`refuses ${what}, does not print it and changes nothing`, async () => {
      const { workspace, shown } = fakeWorkspace(
        name === "grafana-admin-password" ? { monitoring: { mode: "off" }, ...config } : config,
      );
      await assert.rejects(
        rotate("dev", SECRETS[name], workspace, () => Promise.resolve(value)),
        (error: Error) => {
          assert.match(error.message, message);
          assert.ok(value.trim() === "" || !error.message.includes(value.trim()));
          return true;
        },
      );
      assert.deepEqual(shown, []);
    });
  }

  it("updates nothing when the setting could not be changed", async () => {
    const { workspace, shown } = fakeWorkspace({}, "config set");
    await assert.rejects(
      rotate("dev", token, workspace, () => Promise.resolve(NEW)),
      /config set .* exit code 255/,
    );
    assert.equal(shown.length, 1);
  });

  it("says that only the setting has changed when up fails", async () => {
    const { workspace } = fakeWorkspace({}, "up");
    await assert.rejects(
      rotate("dev", token, workspace, () => Promise.resolve(NEW)),
      /in the stack's settings and not in the cluster yet: .*run pulumi up --stack dev/,
    );
  });
});
