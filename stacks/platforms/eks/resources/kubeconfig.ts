/** What a kubeconfig for an EKS cluster is made from. */
export interface EksKubeconfigArgs {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  /** The certificate authority, base64. */
  readonly certificateAuthority: string;
}

/**
 * A kubeconfig, as JSON, that holds no credentials: who uses it gets a token of their own from the AWS CLI, with the
 * rights that their access entry gives them.
 */
export function eksKubeconfig({ name, region, endpoint, certificateAuthority }: EksKubeconfigArgs): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--region", region, "--cluster-name", name, "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
