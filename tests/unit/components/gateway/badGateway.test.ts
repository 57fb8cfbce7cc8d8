import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { makeSigningKey } from "../../../../operations/apiKey/apiKey";
import type { RawConfig } from "../../../../stacks/config";
import { selfSigned } from "../../../support/certificate";
import { lines, parse, parseAws, problemsOf, TOKEN } from "../../../support/configurations";

const { publicKey } = makeSigningKey();
const JWT = { issuer: "llm-d", audiences: ["llm-d"], jwks: { keys: [publicKey] } };
const HOSTNAME = "llm.example.com";
const MINE = selfSigned(HOSTNAME);
const OTHER = selfSigned("other.example.com");
const ISSUER = { mode: "certManager", issuer: { name: "letsencrypt" } };
const ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";

const reported = (gateway: RawConfig) => lines(problemsOf(() => parse({ gateway })));

/** What is set of the gateway, and everything that is then reported. */
const TABLE: [name: string, gateway: RawConfig, ...reported: string[]][] = [
  [
    "a public gateway without authentication and TLS",
    { exposure: "internet-facing" },
    "gateway.jwt: is missing on an internet-facing gateway, which would answer everybody; write issuer, audiences and jwksUri or jwks (`make api-key` makes keys and tokens), or exposure: internal",
    "gateway.tls: is missing on an internet-facing gateway, where tokens and prompts would travel in plain text; write a mode and the settings that it needs, or exposure: internal",
  ],
  [
    "TLS without a name to certify",
    { tls: ISSUER },
    "gateway.hostname: is missing with tls: clients check the certificate against it; write the name they use",
  ],
  [
    "a mode without what it needs, with what another needs",
    { hostname: HOSTNAME, tls: { mode: "certManager", certificateArn: ARN } },
    "gateway.tls.certificateArn: has no effect with gateway.tls.mode certManager; remove it, or write acm as gateway.tls.mode",
    "gateway.tls.issuer: is missing in mode certManager; write it, or choose another mode",
  ],
  [
    "AWS's certificates elsewhere",
    { hostname: HOSTNAME, tls: { mode: "acm", certificateArn: ARN } },
    "gateway.tls.mode: acm is only for load balancers of AWS, not for platform existing; write certManager",
  ],
  [
    "keys from nowhere",
    { jwt: { issuer: "llm-d", audiences: ["llm-d"] } },
    "gateway.jwt.jwksUri: is missing, and so is jwks; write the URL of the issuer's public keys, or the keys as jwks",
  ],
  [
    "keys from two places",
    { jwt: { ...JWT, jwksUri: "https://login.example.com/jwks" } },
    "gateway.jwt.jwksUri: has no effect together with gateway.jwt.jwks; remove one of them",
  ],
  [
    "a private key among the public ones",
    {
      jwt: {
        ...JWT,
        jwks: {
          keys: [
            { ...publicKey, d: "secret" },
            { kty: "oct", k: "secret" },
          ],
        },
      },
    },
    "gateway.jwt.jwks.keys[0]: holds a secret key, in plain text; write only the public key, and make a new pair",
    "gateway.jwt.jwks.keys[1]: holds a secret key, in plain text; write only the public key, and make a new pair",
  ],
  [
    "a key that is none",
    { jwt: { ...JWT, jwks: { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }] } } },
    "gateway.jwt.jwks.keys[0]: is not a public key in JWK form; write one, with kty, alg, kid and its numbers",
  ],
  [
    "tokens for anybody",
    { jwt: { ...JWT, audiences: [] } },
    "gateway.jwt.audiences: a list is not allowed; write a list of at least one audience such as llm-d",
  ],
  [
    "networks that are none, or all",
    { allowedCidrs: ["203.0.113.0", "203.0.113.0/33", "0.0.0.0/0", "2001:db8::/32"] },
    'gateway.allowedCidrs[0]: "203.0.113.0" is not a network; write one such as 203.0.113.0/24',
    'gateway.allowedCidrs[1]: "203.0.113.0/33" is not a network; write one such as 203.0.113.0/24',
    'gateway.allowedCidrs[2]: "0.0.0.0/0" is every address; write narrower networks, or remove allowedCidrs',
  ],
  [
    "no request at all",
    { rateLimit: { requestsPerSecond: 0 } },
    "gateway.rateLimit.requestsPerSecond: 0 is not allowed; write a whole number from 1 to 100000",
  ],
];

describe("bad settings of the gateway", () => {
  for (const [name, gateway, ...expected] of TABLE) {
    it(name, () => assert.deepEqual(reported(gateway), expected));
  }

  it("a certificate of another region", () => {
    const tls = { mode: "acm", certificateArn: ARN.replace("us-east-1", "eu-west-1") };
    assert.deepEqual(lines(problemsOf(() => parseAws({}, { gateway: { hostname: HOSTNAME, tls } }))), [
      "gateway.tls.certificateArn: is in eu-west-1, and a load balancer takes only certificates of us-east-1",
    ]);
  });

  it("a certificate for another name, or none", () => {
    const gatewayPrivateKey = { value: OTHER.privateKey, secret: true };
    const report = (certificate: string) => {
      const gateway = { hostname: HOSTNAME, tls: { mode: "certificate", certificate } };
      return lines(problemsOf(() => parse({ gateway }, TOKEN, { gatewayPrivateKey })));
    };
    assert.deepEqual(report(OTHER.certificate), [
      "gateway.tls.certificate: is for DNS:other.example.com, not for the hostname llm.example.com; write the one for it",
    ]);
    const nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert.deepEqual(report(nonsense), [
      "gateway.tls.certificate: cannot be read; write a chain of certificates in PEM form, the gateway's own first",
    ]);
  });

  it("a private key that is missing, in plain text, no key, or of another certificate; never shown", () => {
    const gateway = { hostname: HOSTNAME, tls: { mode: "certificate", certificate: MINE.certificate } };
    const report = (gatewayPrivateKey?: { value?: string; secret: boolean }) =>
      lines(problemsOf(() => parse({ gateway }, TOKEN, { gatewayPrivateKey }))).join("\n");
    const command = "pulumi config set --secret llm-d:gatewayPrivateKey < key.pem";
    assert.equal(report(), `gatewayPrivateKey: is missing, and gateway.tls.certificate is set; run: ${command}`);
    assert.match(report({ value: MINE.privateKey, secret: false }), /is stored in plain text/);
    assert.match(report({ value: "s3cret", secret: true }), /\(secret, not shown\) is not a private key/);
    assert.match(report({ value: OTHER.privateKey, secret: true }), /is not the key of gateway\.tls\.certificate/);
    assert.ok(!report({ value: OTHER.privateKey, secret: true }).includes(OTHER.privateKey.split("\n")[1] ?? ""));
  });

  it("a private key without a certificate", () => {
    const gatewayPrivateKey = { value: MINE.privateKey, secret: true };
    assert.deepEqual(lines(problemsOf(() => parse({}, TOKEN, { gatewayPrivateKey }))), [
      "gatewayPrivateKey: has no effect without gateway.tls.certificate; remove it",
    ]);
  });
});

describe("good settings of the gateway", () => {
  it("a public one with all there is; its port is that of HTTPS, its key a secret", async () => {
    const gateway = {
      exposure: "internet-facing",
      hostname: HOSTNAME,
      tls: { mode: "certificate", certificate: MINE.certificate },
      jwt: JWT,
      allowedCidrs: ["203.0.113.0/24"],
      rateLimit: { requestsPerSecond: 10 },
    };
    const config = parse({ gateway }, TOKEN, { gatewayPrivateKey: { value: MINE.privateKey, secret: true } });
    assert.equal(config.gateway.port, 443);
    assert.ok(config.gatewayPrivateKey !== undefined && (await pulumi.isSecret(config.gatewayPrivateKey)));
  });

  it("AWS's certificate on AWS, on a port of its own", () => {
    const tls = { mode: "acm", certificateArn: ARN };
    const config = parseAws({}, { gateway: { hostname: HOSTNAME, tls, jwt: JWT, port: 8443 } });
    assert.equal(config.gateway.port, 8443);
    assert.equal(config.gatewayPrivateKey, undefined);
  });
});
