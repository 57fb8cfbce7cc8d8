import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse as parseYaml } from "yaml";
import { makeSigningKey, signToken } from "../../../operations/apiKey/apiKey";
import { parse } from "../../support/configurations";

const CLAIMS = { iss: "llm-d", aud: "llm-d", sub: "alice", iat: 1000, exp: 2000 };

/** The header and claims of a token, after its signature is verified. */
function verified(token: string, jwk: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const key = crypto.createPublicKey({ key: jwk as crypto.JsonWebKey, format: "jwk" });
  const signed = Buffer.from(`${header}.${claims}`);
  const options = { key, dsaEncoding: "ieee-p1363" } as const;
  assert.ok(crypto.verify("sha256", signed, options, Buffer.from(signature, "base64url")));
  return [header, claims].map(
    (part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>,
  );
}

describe("API keys", () => {
  it("are tokens that the pair's public key verifies, and that name this key", () => {
    const { privateKey, publicKey } = makeSigningKey();
    const [header, claims] = verified(signToken(privateKey, { ...CLAIMS, groups: ["a"] }), publicKey);
    assert.deepEqual(header, { alg: "ES256", typ: "JWT", kid: publicKey["kid"] });
    assert.deepEqual(claims, { groups: ["a"], iss: "llm-d", aud: "llm-d", sub: "alice", iat: 1000, exp: 2000 });
    assert.ok(!("d" in publicKey));
  });

  it("are not signed with a key on another curve", () => {
    const { privateKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-384" });
    assert.throws(
      () => signToken(privateKey.export({ type: "pkcs8", format: "pem" }) as string, CLAIMS),
      /not a private key/,
    );
  });

  it("are made by two commands, the first of which prints settings that the configuration accepts", () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-key-"));
    try {
      const file = path.join(dir, "signing.pem");
      const cli = path.join(__dirname, "..", "..", "..", "operations", "apiKey", "cli.ts");
      const run = (...args: string[]) =>
        execFileSync(process.execPath, ["-r", "./loader.cjs", cli, ...args], {
          encoding: "utf8",
          stdio: "pipe",
        });
      const settings = parseYaml(run("pair", "--key", file)) as { config: Record<string, unknown> };
      const { gateway } = parse({ gateway: settings.config["llm-d:gateway"] });
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      const token = run("issue", "--key", file, "--name", "bob", "--days", "1").trim();
      const [, claims] = verified(token, gateway.jwt?.jwks?.keys[0] ?? {});
      assert.equal(claims?.["sub"], "bob");
      assert.equal(Number(claims?.["exp"]) - Number(claims?.["iat"]), 86_400);
      assert.throws(() => run("pair", "--key", file), /EEXIST/, "a key that is there is not written over");
      assert.throws(() => run("issue", "--key", file), /usage/);
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }).timeout(120_000);
});
