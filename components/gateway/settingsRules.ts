import * as crypto from "node:crypto";
import * as net from "node:net";
import type { ParsedGateway } from "./settings";
import { type Path, problem, type Problem, show } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import type { RuleContext } from "../capability";

/** The part of the configuration that these rules read. */
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

const at = (...keys: PropertyKey[]): Path => ["gateway", ...keys];

/** Checks the gateway's settings against each other and against the platform. */
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

function* listenerRules({ port, className }: Gateway): Iterable<Problem> {
  if (port !== undefined && PROXY_PORTS.includes(port)) {
    yield problem(at("port"), `${port} is a port that Istio's proxy uses itself; write another such as 80`);
  }
  if (className !== undefined && FOREIGN_CLASSES.includes(className)) {
    yield problem(at("className"), `${show(className)} is not a class that Istio programs; write istio`);
  }
}

/** On a public address without these, anyone can use the GPUs, and anyone on the path can read a token. */
function* publicRules({ exposure, jwt, tls }: Gateway): Iterable<Problem> {
  if (exposure !== "internet-facing") return;
  if (jwt === undefined) {
    yield problem(
      at("jwt"),
      "is missing on an internet-facing gateway, which would answer everybody; write issuer, audiences and jwksUri or jwks (`make api-key` makes keys and tokens), or exposure: internal",
    );
  }
  if (tls === undefined) {
    yield problem(
      at("tls"),
      "is missing on an internet-facing gateway, where tokens and prompts would travel in plain text; write a mode and the settings that it needs, or exposure: internal",
    );
  }
}

function* tlsRules(
  { tls, hostname }: Gateway,
  platform: RuleContext["platform"],
  region: string | undefined,
): Iterable<Problem> {
  if (tls === undefined) return;
  if (hostname === undefined) {
    yield problem(
      at("hostname"),
      "is missing with tls: clients check the certificate against it; write the name they use",
    );
  }
  const { mode } = tls;
  if (mode === undefined) return;
  const needed = NEEDED_BY_MODE[mode];
  if (tls[needed] === undefined) {
    yield problem(at("tls", needed), `is missing in mode ${mode}; write it, or choose another mode`);
  }
  if (mode === "certificate" && tls.certificate !== undefined) yield* certificateRules(tls.certificate, hostname);
  if (mode !== "acm") return;
  if (platform !== undefined && platform.cloud !== "aws") {
    const message = `acm is only for load balancers of AWS, not for platform ${platform.name}; write certManager`;
    yield problem(at("tls", "mode"), message);
  }
  const certified = tls.certificateArn?.split(":")[3];
  if (certified !== undefined && region !== undefined && certified !== region) {
    const message = `is in ${certified}, and a load balancer takes only certificates of ${region}`;
    yield problem(at("tls", "certificateArn"), message);
  }
}

function* certificateRules(pem: string, hostname: string | undefined): Iterable<Problem> {
  const path = at("tls", "certificate");
  const certificate = readCertificate(pem);
  if (certificate === undefined) {
    yield problem(path, "cannot be read; write a chain of certificates in PEM form, the gateway's own first");
  } else if (hostname !== undefined && certificate.checkHost(hostname) === undefined) {
    const names = certificate.subjectAltName ?? "no name at all";
    yield problem(path, `is for ${names}, not for the hostname ${hostname}; write the one for it`);
  }
}

/** The first certificate of a chain in PEM form; undefined if the text holds none. */
export function readCertificate(pem: string): crypto.X509Certificate | undefined {
  try {
    return new crypto.X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function* jwtRules(jwt: Gateway["jwt"]): Iterable<Problem> {
  if (jwt === undefined) return;
  if (jwt.jwks === undefined && jwt.jwksUri === undefined) {
    const message = "is missing, and so is jwks; write the URL of the issuer's public keys, or the keys as jwks";
    yield problem(at("jwt", "jwksUri"), message);
  }
  for (const [index, key] of list(jwt.jwks?.keys).entries()) {
    const path = at("jwt", "jwks", "keys", index);
    if (key === undefined) continue;
    if (SECRET_MEMBERS.some((member) => member in key)) {
      yield problem(path, "holds a secret key, in plain text; write only the public key, and make a new pair");
    } else if (!isPublicKey(key)) {
      yield problem(path, "is not a public key in JWK form; write one, with kty, alg, kid and its numbers");
    }
  }
}

function isPublicKey(key: object): boolean {
  try {
    crypto.createPublicKey({ key: key as crypto.JsonWebKey, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

function* cidrRules(allowedCidrs: Gateway["allowedCidrs"]): Iterable<Problem> {
  for (const [index, cidr] of list(allowedCidrs).entries()) {
    if (cidr === undefined) continue;
    const path = at("allowedCidrs", index);
    const [address = "", length = "", ...rest] = cidr.split("/");
    const bits = { 0: -1, 4: 32, 6: 128 }[net.isIP(address)] ?? -1;
    if (rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
      yield problem(path, `${show(cidr)} is not a network; write one such as 203.0.113.0/24`);
    } else if (length === "0") {
      yield problem(path, `${show(cidr)} is every address; write narrower networks, or remove allowedCidrs`);
    }
  }
}

/**
 * Checks the private key. No message repeats it.
 *
 * @param certificate The certificate chain that the key must belong to; undefined if none is configured.
 */
export function checkPrivateKey(
  key: { readonly value?: string; readonly secret: boolean },
  certificate: string | undefined,
): Problem[] {
  const command = "pulumi config set --secret llm-d:gatewayPrivateKey < key.pem";
  const refuse = (message: string): Problem[] => [{ path: "gatewayPrivateKey", message }];
  const given = key.value !== undefined && key.value !== "";
  if (certificate === undefined) return given ? refuse("has no effect without gateway.tls.certificate; remove it") : [];
  if (!given) return refuse(`is missing, and gateway.tls.certificate is set; run: ${command}`);
  if (!key.secret) return refuse(`is stored in plain text; get a certificate for a new key, and run: ${command}`);
  let privateKey: crypto.KeyObject;
  try {
    privateKey = crypto.createPrivateKey(key.value ?? "");
  } catch {
    return refuse(`the value (secret, not shown) is not a private key in PEM form; run: ${command}`);
  }
  // A certificate that cannot be read is a separate problem.
  return readCertificate(certificate)?.checkPrivateKey(privateKey) === false
    ? refuse(`the value (secret, not shown) is not the key of gateway.tls.certificate; run: ${command}`)
    : [];
}
