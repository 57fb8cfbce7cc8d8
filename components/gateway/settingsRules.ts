import * as crypto from "node:crypto";
import * as net from "node:net";
import type { ParsedGateway } from "./settings";
import { type Path, problem, type Problem, show } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import type { RuleContext } from "../capability";

/** The part of the configuration that is looked at. */
type Configured = Partially<{ gateway: ParsedGateway; aws: { region: string } }>;
type Gateway = Partially<ParsedGateway>;

/** Ports that Istio's proxy opens itself: https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio. */
const PROXY_PORTS: readonly number[] = [15000, 15001, 15002, 15004, 15006, 15008, 15020, 15021, 15053, 15090];

/** GatewayClasses that exist for other purposes or belong to other controllers, which this program does not install. */
const FOREIGN_CLASSES: readonly string[] = [
  "istio-waypoint",
  "istio-remote",
  "kgateway",
  "agentgateway",
  "gke-l7-rilb",
];

/** The setting that each mode of TLS needs. */
const NEEDED_BY_MODE = { certificate: "certificate", certManager: "issuer", acm: "certificateArn" } as const;

/** Members of a JWK that make it a private key, or a shared one (RFC 7518, 6.2.2, 6.3.2 and 6.4). */
const SECRET_MEMBERS: readonly string[] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** What ties the gateway's settings to each other and to the platform. */
export function gatewayRules({ gateway, aws }: Configured, { platform }: RuleContext): Problem[] {
  if (gateway === undefined) return [];
  return [
    ...listenerRules(gateway),
    ...publicRules(gateway),
    ...tlsRules(gateway, platform, aws?.region),
    ...jwtRules(gateway.jwt),
    ...cidrRules(gateway.allowedCidrs),
  ];
}

function listenerRules({ port, className }: Gateway): Problem[] {
  const problems: Problem[] = [];
  if (port !== undefined && PROXY_PORTS.includes(port)) {
    problems.push(
      problem(["gateway", "port"], `${port} is a port that Istio's proxy uses itself; write another such as 80`),
    );
  }
  if (className !== undefined && FOREIGN_CLASSES.includes(className)) {
    problems.push(
      problem(
        ["gateway", "className"],
        `${show(className)} is no class for Istio's gateways, so nothing would program it; write istio`,
      ),
    );
  }
  return problems;
}

/** Whoever finds a public address can spend the GPUs behind it, and whoever is on the way can read a token. */
function publicRules({ exposure, jwt, tls }: Gateway): Problem[] {
  if (exposure !== "internet-facing") return [];
  const problems: Problem[] = [];
  if (jwt === undefined) {
    problems.push(
      problem(
        ["gateway", "jwt"],
        "is missing on an internet-facing gateway, which would answer everybody; write issuer, audiences and jwksUri " +
          "or jwks (`make api-key` makes keys and tokens), or exposure: internal",
      ),
    );
  }
  if (tls === undefined) {
    problems.push(
      problem(
        ["gateway", "tls"],
        "is missing on an internet-facing gateway, where tokens and prompts would travel in plain text; write a mode " +
          "and what it needs, or exposure: internal",
      ),
    );
  }
  return problems;
}

function tlsRules(
  { tls, hostname }: Gateway,
  platform: RuleContext["platform"],
  region: string | undefined,
): Problem[] {
  if (tls === undefined) return [];
  const problems: Problem[] = [];
  const at = (...rest: PropertyKey[]): Path => ["gateway", "tls", ...rest];
  if (hostname === undefined) {
    problems.push(
      problem(
        ["gateway", "hostname"],
        "is missing with tls: clients check the certificate against it; write the name they use",
      ),
    );
  }
  const { mode } = tls;
  if (mode === undefined) return problems;
  const needed = NEEDED_BY_MODE[mode];
  if (tls[needed] === undefined) {
    problems.push(problem(at(needed), `is missing in mode ${mode}; write it, or choose another mode`));
  }
  if (mode === "acm") {
    if (platform !== undefined && platform.cloud !== "aws") {
      problems.push(
        problem(
          at("mode"),
          `acm is for AWS's load balancers only, not for platform ${platform.name}; write certManager`,
        ),
      );
    }
    const certified = tls.certificateArn?.split(":")[3];
    if (certified !== undefined && region !== undefined && certified !== region) {
      problems.push(
        problem(at("certificateArn"), `is in ${certified}, and a load balancer takes only certificates of ${region}`),
      );
    }
  }
  if (mode === "certificate" && tls.certificate !== undefined)
    problems.push(...certificateRules(tls.certificate, hostname));
  return problems;
}

function certificateRules(pem: string, hostname: string | undefined): Problem[] {
  const path: Path = ["gateway", "tls", "certificate"];
  const certificate = readCertificate(pem);
  if (certificate === undefined) {
    return [problem(path, "cannot be read; write a chain of certificates in PEM form, the gateway's own first")];
  }
  if (hostname !== undefined && certificate.checkHost(hostname) === undefined) {
    return [
      problem(
        path,
        `is for ${certificate.subjectAltName ?? "no name at all"}, not for the hostname ${hostname}; write the one for it`,
      ),
    ];
  }
  return [];
}

/** The first certificate of a chain in PEM form; undefined where there is none. */
export function readCertificate(pem: string): crypto.X509Certificate | undefined {
  try {
    return new crypto.X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function jwtRules(jwt: Gateway["jwt"]): Problem[] {
  if (jwt === undefined) return [];
  const at = (...rest: PropertyKey[]): Path => ["gateway", "jwt", ...rest];
  if (jwt.jwks === undefined && jwt.jwksUri === undefined) {
    return [
      problem(at("jwksUri"), "is missing, and so is jwks; write where the issuer's public keys are, or the keys"),
    ];
  }
  return (jwt.jwks?.keys ?? []).flatMap((key, index): Problem[] => {
    const path = at("jwks", "keys", index);
    if (key === undefined) return [];
    if (SECRET_MEMBERS.some((member) => member in key)) {
      return [problem(path, "holds a secret key, in plain text; write the public key alone, and make a new pair")];
    }
    try {
      crypto.createPublicKey({ key: key as crypto.JsonWebKey, format: "jwk" });
      return [];
    } catch {
      return [problem(path, "is no public key in JWK form; write one, with kty, alg, kid and its numbers")];
    }
  });
}

function cidrRules(allowedCidrs: Gateway["allowedCidrs"]): Problem[] {
  return list(allowedCidrs).flatMap((cidr, index): Problem[] => {
    if (cidr === undefined) return [];
    const path: Path = ["gateway", "allowedCidrs", index];
    const [address = "", length = "", ...rest] = cidr.split("/");
    const bits = { 0: -1, 4: 32, 6: 128 }[net.isIP(address)] ?? -1;
    if (rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
      return [problem(path, `${show(cidr)} is no network; write one such as 203.0.113.0/24`)];
    }
    return length === "0"
      ? [problem(path, `${show(cidr)} is every address; write narrower networks, or remove allowedCidrs`)]
      : [];
  });
}

/**
 * Checks the private key without ever repeating it.
 *
 * @param certificate The chain that it has to be the key of, where one is given.
 */
export function checkPrivateKey(
  key: { readonly value?: string; readonly secret: boolean },
  certificate: string | undefined,
): Problem[] {
  const command = "pulumi config set --secret llm-d:gatewayPrivateKey < key.pem";
  const at = (message: string): Problem[] => [{ path: "gatewayPrivateKey", message }];
  const given = key.value !== undefined && key.value !== "";
  if (certificate === undefined) return given ? at("has no effect without gateway.tls.certificate; remove it") : [];
  if (!given) return at(`is missing beside gateway.tls.certificate; run: ${command}`);
  if (!key.secret) return at(`is stored in plain text; get another certificate for another key, and run: ${command}`);
  let privateKey: crypto.KeyObject;
  try {
    privateKey = crypto.createPrivateKey(key.value ?? "");
  } catch {
    return at(`the value (secret, not shown) is no private key in PEM form; run: ${command}`);
  }
  // A certificate that cannot be read is reported as such.
  return readCertificate(certificate)?.checkPrivateKey(privateKey) === false
    ? at(`the value (secret, not shown) is not the key of gateway.tls.certificate; run: ${command}`)
    : [];
}
