import * as z from "zod";
import { applies, choice, dnsLabel, field, onlyWith, SUBDOMAIN, text, wholeNumber } from "../../settings/fields";

/** Sources of the certificate: the configuration, cert-manager, or AWS Certificate Manager on the load balancer. */
export const TLS_MODES = ["certificate", "certManager", "acm"] as const;

/** The secret setting with the private key of `gateway.tls.certificate`. */
export const PRIVATE_KEY_SETTING = "gatewayPrivateKey";

const tls = field(
  z.strictObject({
    mode: choice(
      TLS_MODES,
      "Where the certificate comes from: certificate (the setting below), certManager (a Certificate object; cert-manager must be installed and renews it) or acm (AWS Certificate Manager; the Network Load Balancer terminates TLS).",
    ),
    certificate: applies(
      text(
        /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
        "The certificate chain in PEM form, the gateway's own certificate first. Its private key is the secret setting gatewayPrivateKey.",
        "a chain of certificates in PEM form",
      ),
      onlyWith("./mode", ["certificate"]),
    ).optional(),
    issuer: applies(
      field(
        z.strictObject({
          name: text(SUBDOMAIN, "Name of the issuer.", "the name of an issuer such as letsencrypt"),
          kind: choice(["ClusterIssuer", "Issuer"], "Kind of the issuer.").default("ClusterIssuer"),
        }),
        {
          description: "The cert-manager issuer that signs the certificate.",
          expected: "an object with name and kind",
        },
      ),
      onlyWith("./mode", ["certManager"]),
    ).optional(),
    certificateArn: applies(
      text(
        /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
        "ARN of the certificate, in the region of the environment.",
        "the ARN of a certificate such as arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
      ),
      onlyWith("./mode", ["acm"]),
    ).optional(),
  }),
  {
    description: "HTTPS. Default: none, plain HTTP.",
    expected: "an object with mode and the setting that the mode needs",
  },
);

/** An item of a list of names. */
const name = (expected: string) => field(z.string().min(1), { description: "One item.", expected });

const publicKey = field(z.record(z.string(), z.unknown()), {
  description: "A public key.",
  expected: "a public key in JWK form",
});

const publicKeys = field(z.array(publicKey).min(1), {
  description: "The keys, each with kty, alg, kid and its numbers.",
  expected: "a list of public keys in JWK form",
});

const jwt = field(
  z.strictObject({
    issuer: text(
      /^\S+$/,
      "The `iss` claim that tokens must have.",
      "the issuer of the tokens such as https://login.example.com",
    ),
    audiences: field(z.array(name("an audience such as llm-d")).min(1), {
      description: "Accepted `aud` claims. A token must have one of them.",
      expected: "a list of at least one audience such as llm-d",
    }),
    jwksUri: applies(
      text(
        /^https:\/\/\S+$/,
        "URL of the issuer's public keys. istiod fetches it every 20 minutes.",
        "an https:// URL such as https://login.example.com/.well-known/jwks.json",
      ),
      { condition: { without: "./jwks" } },
    ).optional(),
    jwks: field(z.strictObject({ keys: publicKeys }), {
      description: "The issuer's public keys (RFC 7517), instead of jwksUri. `make api-key-pair` makes them.",
      expected: "an object with keys, a list of public keys in JWK form",
    }).optional(),
    requiredClaims: field(
      z.record(z.string().regex(/^[A-Za-z0-9_-]+$/), z.array(name("a value such as llm-users")).min(1)),
      {
        description: "Claims that tokens must have, each with its accepted values, such as `groups: [llm-users]`.",
        expected: "an object that names the accepted values of each claim, such as {groups: [llm-users]}",
      },
    ).default({}),
    revokedSubjects: field(z.array(name("a subject such as alice")), {
      description: "The `sub` claims of tokens that are refused although they are still valid.",
      expected: "a list of subjects",
    }).default([]),
  }),
  {
    description:
      "Accept only requests with a valid token (`Authorization: Bearer`). Required if the gateway is internet-facing.",
    expected: "an object with issuer, audiences and jwksUri or jwks",
  },
);

const rateLimit = field(
  z.strictObject({
    requestsPerSecond: wholeNumber(
      1,
      100_000,
      "Average number of requests per second that each gateway replica accepts. Other requests get 429.",
      "requests per second",
    ),
    burst: wholeNumber(
      1,
      1_000_000,
      "Requests accepted at once after a quiet time. Default: requestsPerSecond.",
      "requests",
    ).optional(),
  }),
  { description: "A limit on requests. Default: none.", expected: "an object with requestsPerSecond and burst" },
);

/** The inference gateway: its listener and its access rules. */
export const gatewaySchema = field(
  z.strictObject({
    className: text(SUBDOMAIN, "GatewayClass of the gateway.", "the name of a GatewayClass such as istio").default(
      "istio",
    ),
    name: dnsLabel(50, "Name of the Gateway. Its Deployment and Service have this name followed by -istio.").default(
      "llm-d-infra-inference-gateway",
    ),
    port: wholeNumber(1, 65_535, "Port of the listener. Default: 80, or 443 with tls.", "TCP port").optional(),
    exposure: choice(
      ["internal", "internet-facing"],
      "Whether the address of the load balancer is internal or public (internet-facing). A public address needs tls and jwt.",
    ).default("internal"),
    hostname: text(
      SUBDOMAIN,
      "Host name of requests. Required with tls. Default: any.",
      "a host name such as llm.example.com",
    ).optional(),
    tls: tls.optional(),
    jwt: jwt.optional(),
    allowedCidrs: field(z.array(name("a network such as 203.0.113.0/24")), {
      description: "Networks from which the load balancer accepts connections. Default: all that can reach it.",
      expected: "a list of networks such as 203.0.113.0/24",
    }).default([]),
    rateLimit: rateLimit.optional(),
    timeoutSeconds: wholeNumber(10, 3600, "How long to wait for the Gateway to be programmed.", "seconds").default(600),
    drainSeconds: wholeNumber(
      10,
      3600,
      "How long a proxy may take to finish its requests before it stops. It stops earlier when its last connection closes.",
      "seconds",
    ).default(300),
  }),
  { description: "The inference gateway.", expected: "an object of gateway settings" },
);

/** The gateway as the schema gives it. */
export type ParsedGateway = z.output<typeof gatewaySchema>;

/** The gateway with its port filled in. */
export type GatewayConfig = ParsedGateway & { port: number };
