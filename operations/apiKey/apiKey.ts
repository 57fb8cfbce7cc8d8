import * as crypto from "node:crypto";

/** A pair of keys for tokens: the private key signs, the public key goes into `gateway.jwt.jwks`. */
export interface SigningKey {
  /** PKCS #8 in PEM form. */
  readonly privateKey: string;
  /** The public key as a JWK, with `kid`, `alg` and `use`. */
  readonly publicKey: Readonly<Record<string, unknown>>;
}

/** The claims of a token, by their names in a JWT. Times are seconds since 1970. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** The user of the token, as `gateway.jwt.revokedSubjects` names it. */
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  /** More claims, such as those of `gateway.jwt.requiredClaims`. */
  readonly [claim: string]: unknown;
}

/** Makes a pair of keys on the curve P-256. */
export function makeSigningKey(): SigningKey {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    publicKey: jwkOf(publicKey),
  };
}

/** A public key as `gateway.jwt.jwks` takes it. Its id is its thumbprint (RFC 7638), which depends on the key only. */
function jwkOf(key: crypto.KeyObject): Record<string, unknown> {
  const { kty, crv, x, y } = key.export({ format: "jwk" });
  const kid = crypto.createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
  return { kty, crv, x, y, kid, alg: "ES256", use: "sig" };
}

/**
 * Signs a token (JWS compact form, ES256).
 *
 * @throws Error when the key is not a private key on the curve P-256
 */
export function signToken(privateKey: string, claims: TokenClaims): string {
  const key = crypto.createPrivateKey(privateKey);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new Error("the key is not a private key on the curve P-256");
  const { kid } = jwkOf(crypto.createPublicKey(key));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "ES256", typ: "JWT", kid })}.${part(claims)}`;
  const signature = crypto.sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}
