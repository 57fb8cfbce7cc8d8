import { stringify } from "yaml";

/** Name of the cluster, user and context in the kubeconfigs of the embedded environment. */
export const CONTEXT = "llmd-local";

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
