// @peculiar/x509 needs it for dependency injection.
import "reflect-metadata";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as x509 from "@peculiar/x509";
import { stringify } from "yaml";
import type { StateFolder } from "../state";

/** The Kubernetes users of the control plane's programs. Each has its own token. */
export const USERS = {
  admin: { name: "admin", group: "system:masters" },
  "controller-manager": { name: "system:kube-controller-manager", group: "system:authenticated" },
  scheduler: { name: "system:kube-scheduler", group: "system:authenticated" },
} as const;

export type User = keyof typeof USERS;
export const USER_NAMES = Object.keys(USERS) as User[];

/** Name of the cluster, user and context in the kubeconfigs. */
const CONTEXT = "llmd-local";

/** The path of a user's kubeconfig. */
export function kubeconfigPath(state: StateFolder, user: User): string {
  return user === "admin" ? state.kubeconfig : state.path("run", `${user}.kubeconfig`);
}

/** A kubeconfig for one user of the embedded API server. */
export function kubeconfig(server: string, certificateAuthority: string, token: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: CONTEXT,
        cluster: { server, "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64") },
      },
    ],
    users: [{ name: CONTEXT, user: { token } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT } }],
    "current-context": CONTEXT,
  });
}

/**
 * Writes the API server's keys, tokens and encryption configuration, except those that exist: a restarted environment keeps its
 * credentials.
 *
 * @returns the users' tokens
 */
export async function writeCredentials(state: StateFolder): Promise<Record<User, string>> {
  if (state.read("run/service-account.key") === undefined) {
    const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
    state.write("run/service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  }
  if (state.read("run/encryption.yaml") === undefined) {
    state.write("run/encryption.yaml", encryptionConfiguration(crypto.randomBytes(32).toString("base64")));
  }
  // The certificate is written last: where it exists, the other two files do too.
  if (state.read("run/front-proxy/client.crt") === undefined) {
    fs.mkdirSync(state.path("run", "front-proxy"), { recursive: true, mode: 0o700 });
    const { authority, certificate, privateKey } = await frontProxy();
    state.write("run/front-proxy/ca.crt", authority);
    state.write("run/front-proxy/client.key", privateKey);
    state.write("run/front-proxy/client.crt", certificate);
  }
  let tokens = state.readJson<Record<User, string>>("run/tokens.json");
  if (tokens === undefined) {
    const created = USER_NAMES.map((user) => [user, crypto.randomBytes(32).toString("hex")]);
    tokens = Object.fromEntries(created) as Record<User, string>;
    state.write("run/tokens.json", JSON.stringify(tokens));
  }
  const lines = USER_NAMES.map((user) => `${tokens[user]},${USERS[user].name},${user},${USERS[user].group}\n`);
  state.write("run/tokens.csv", lines.join(""));
  return tokens;
}

/**
 * The API server's configuration for encrypting Secrets. The Hugging Face token is then not on the disk in plain text, as on EKS
 * with a KMS key.
 *
 * @param key 32 random bytes, base64
 */
function encryptionConfiguration(key: string): string {
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers: [{ secretbox: { keys: [{ name: "local", secret: key }] } }] }],
  });
}

/** The client certificate by which the API server authenticates to aggregated API servers. PEM. */
export interface FrontProxy {
  /** Certificate of the authority that signed it. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Common name of the certificate. */
export const FRONT_PROXY = "front-proxy-client";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Longer than any embedded environment is kept. */
const DAYS = 3650;

/** Creates a certificate authority and one client certificate. The authority's key is not kept. */
export async function frontProxy(): Promise<FrontProxy> {
  const { subtle } = crypto.webcrypto;
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + DAYS * 86_400_000);
  const keyPair = () => subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const [authorityKeys, keys] = await Promise.all([keyPair(), keyPair()]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: "CN=front-proxy-ca", notBefore, notAfter, signingAlgorithm: ALGORITHM, keys: authorityKeys },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...{ subject: `CN=${FRONT_PROXY}`, issuer: authority.subject, notBefore, notAfter, signingAlgorithm: ALGORITHM },
    ...{ publicKey: keys.publicKey, signingKey: authorityKeys.privateKey },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  const privateKey = x509.PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { authority: authority.toString("pem"), certificate: certificate.toString("pem"), privateKey };
}
