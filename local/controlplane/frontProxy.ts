// The library below finds its own parts by it.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** Files of the certificate by which the API server shows other API servers, which answer for it, that it is the one. */
export interface FrontProxy {
  /** Certificate of the authority that signed it, in PEM form. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** The name in the certificate, which others are told to take. */
export const FRONT_PROXY = "front-proxy-client";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Longer than any embedded environment is kept. */
const DAYS = 3650;

/** Makes an authority for nothing else, and a client's certificate of it; the authority's key is forgotten. */
export async function frontProxy(): Promise<FrontProxy> {
  const { subtle } = webcrypto;
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
