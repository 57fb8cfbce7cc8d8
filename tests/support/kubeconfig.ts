import { stringify } from "yaml";

/** A kubeconfig of an API server without TLS, for a test's own server. */
export function plainKubeconfig(port: number, user: Readonly<Record<string, string>> = {}): string {
  const server = `http://127.0.0.1:${port}/`;
  return stringify({
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}
