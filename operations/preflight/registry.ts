import type { Web } from "./web";

/** The parts of a reference to an OCI registry. */
export interface OciReference {
  /** Host of the registry's API. */
  readonly host: string;
  readonly repository: string;
  /** Tag or digest; the digest when a reference has both. */
  readonly reference: string;
}

/** The answer of a registry. */
export interface ManifestAnswer {
  readonly status: number;
  readonly digest?: string;
  /** Whether the registry allows no anonymous access. */
  readonly wantsAccount?: boolean;
}

/** Manifests and indexes of OCI and of Docker. A registry answers 404 when the kind is not in this list. */
const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Parses an image reference as container runtimes do: without a registry it belongs to Docker Hub. */
export function parseImage(image: string): OciReference {
  const [name = "", digest] = image.split("@");
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  const path = hasTag ? name.slice(0, colon) : name;
  const tag = hasTag ? name.slice(colon + 1) : "latest";
  const slash = path.indexOf("/");
  const first = slash < 0 ? "" : path.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === "localhost";
  const registry = hasRegistry ? first : "docker.io";
  const rest = hasRegistry ? path.slice(slash + 1) : path;
  const onHub = registry === "docker.io" || registry === "index.docker.io";
  return {
    host: onHub ? "registry-1.docker.io" : registry,
    repository: onHub && !rest.includes("/") ? `library/${rest}` : rest,
    reference: digest ?? tag,
  };
}

/** Parses the OCI reference of a chart. Helm writes `_` in a tag for the `+` of a version. */
export function parseOciChart(chart: string, version: string): OciReference {
  const path = chart.replace(/^oci:\/\//, "");
  const slash = path.indexOf("/");
  return {
    host: path.slice(0, slash),
    repository: path.slice(slash + 1),
    reference: version.replaceAll("+", "_"),
  };
}

/** Asks whether a manifest exists, with an anonymous token when the registry wants one. */
export async function headManifest(web: Web, of: OciReference, signal: AbortSignal): Promise<ManifestAnswer> {
  const url = `https://${of.host}/v2/${of.repository}/manifests/${of.reference}`;
  const head = (authorization: Record<string, string>) =>
    web(url, { method: "HEAD", headers: { accept: MANIFEST_TYPES, ...authorization }, signal });
  let response = await head({});
  if (response.status === 401) {
    const challenge = parseChallenge(response.headers.get("www-authenticate") ?? "", of.repository);
    const token = challenge === undefined ? undefined : await anonymousToken(web, challenge, signal);
    if (token === undefined) return { status: 401, wantsAccount: true };
    response = await head({ authorization: `Bearer ${token}` });
  }
  const digest = response.headers.get("docker-content-digest");
  return { status: response.status, ...(digest === null ? {} : { digest }) };
}

/** The address that gives tokens, from a `WWW-Authenticate` header; undefined when its scheme is not Bearer. */
export function parseChallenge(header: string, repository: string): string | undefined {
  if (!/^bearer\s/i.test(header)) return undefined;
  const parameters = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]?.toLowerCase() ?? "", match[2] ?? ""] as const),
  );
  const realm = parameters.get("realm");
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  const service = parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", parameters.get("scope") ?? `repository:${repository}:pull`);
  return url.toString();
}

async function anonymousToken(web: Web, url: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await web(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const { token, access_token: accessToken } = (await response.json()) as { token?: string; access_token?: string };
  return token ?? accessToken;
}
