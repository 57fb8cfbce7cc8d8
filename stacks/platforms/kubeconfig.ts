import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";

interface Named {
  readonly name: string;
}

/** The parts of a kubeconfig that this program reads. */
interface Kubeconfig {
  readonly contexts?: readonly (Named & { readonly context: { readonly cluster: string; readonly user: string } })[];
  readonly clusters?: readonly (Named & { readonly cluster: Record<string, unknown> })[];
  readonly users?: readonly (Named & { readonly user: Record<string, unknown> })[];
  readonly "current-context"?: string;
}

/** Keys whose values are paths. Relative paths start from the kubeconfig's folder (clientcmd, k8s.io/client-go). */
const PATH_KEYS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * A kubeconfig with only one context and its cluster and user. It is stored in the state of the stack, so it must not
 * contain the credentials of other clusters.
 *
 * @param text The file's content.
 * @param file The file's absolute path, for relative paths in it and for messages.
 * @param wanted Name of the context. @default the current context
 */
export function minifyKubeconfig(text: string, file: string, wanted?: string): string {
  const config = (parse(text) ?? {}) as Kubeconfig;
  const name = wanted ?? config["current-context"];
  const named = <T extends Named>(list: readonly T[] | undefined, what: string, key: string | undefined): T => {
    const found = list?.find((entry) => entry.name === key);
    if (found !== undefined) return found;
    const known = (list ?? []).map((entry) => entry.name).join(", ");
    throw new pulumi.RunError(
      `${file} has no ${what} ${JSON.stringify(key ?? "")}; it has ${known === "" ? "none" : known}`,
    );
  };
  const context = named(config.contexts, "context", name);
  const cluster = named(config.clusters, "cluster", context.context.cluster);
  const user = named(config.users, "user", context.context.user);
  const absolute = (record: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [
        key,
        PATH_KEYS.includes(key) && typeof value === "string" ? path.resolve(path.dirname(file), value) : value,
      ]),
    );
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ ...cluster, cluster: absolute(cluster.cluster) }],
    users: [{ ...user, user: absolute(user.user) }],
    contexts: [context],
    "current-context": context.name,
  });
}
