import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";

/** Makes a service account that no pod uses, and the Secret `ACCOUNT-token` with its token under the key `token`. */
export function tokenAccount(
  parent: pulumi.ComponentResource,
  name: string,
  { account, namespace }: { readonly account: string; readonly namespace: string },
  opts?: pulumi.ComponentResourceOptions,
): void {
  const made = new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata: { name: account, namespace }, automountServiceAccountToken: false },
    childOptions(parent, opts),
  );
  new k8s.core.v1.Secret(
    `${name}-token`,
    {
      metadata: {
        name: `${account}-token`,
        namespace,
        annotations: { "kubernetes.io/service-account.name": made.metadata.name },
      },
      type: "kubernetes.io/service-account-token",
    },
    childOptions(parent, opts, [made]),
  );
}
