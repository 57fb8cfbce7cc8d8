import { openKubeconfig } from "./openKubeconfig";
import type { Owned } from "./owner";

/** What a namespace's guard needs to know of it. */
export interface NamespaceState extends Owned {
  /** Whether the namespace is being deleted. */
  readonly terminating: boolean;
}

/** One revision of a Helm release, as Helm stores it in the cluster. */
export interface ReleaseRecord {
  /** Name of the Secret. */
  readonly secret: string;
  /** Status of the revision, such as `deployed`, `failed` or `pending-install`. */
  readonly status: string;
  /** The Secret's `release` entry: base64 text of gzipped JSON. */
  readonly payload: string;
}

/**
 * The few calls to the cluster that the program makes itself, all from resource hooks: what the engine and its providers
 * cannot know is whether an object was there before.
 */
export interface ClusterClient {
  /** The namespace, or undefined when there is none of that name. */
  readNamespace(name: string): Promise<NamespaceState | undefined>;
  /** The custom resource definition, or undefined when there is none of that name. */
  readCrd(name: string): Promise<Owned | undefined>;
  /** All revisions of a Helm release. */
  listReleaseRecords(namespace: string, release: string): Promise<ReleaseRecord[]>;
  deleteReleaseRecord(namespace: string, record: ReleaseRecord): Promise<void>;
  /** Writes a revision's new status and payload. */
  updateReleaseRecord(namespace: string, record: ReleaseRecord): Promise<void>;
}

/** Opens a connection to the environment's cluster; called only when a hook runs. */
export type ConnectCluster = () => Promise<ClusterClient>;

/**
 * Connects with a kubeconfig.
 *
 * @param kubeconfig Its content; the current context is used.
 */
export async function connectWithKubeconfig(kubeconfig: string): Promise<ClusterClient> {
  const { client, config, ifExists } = await openKubeconfig(kubeconfig);
  const core = config.makeApiClient(client.CoreV1Api);
  const extensions = config.makeApiClient(client.ApiextensionsV1Api);

  return {
    async readNamespace(name) {
      const namespace = await ifExists(core.readNamespace({ name }));
      if (namespace === undefined) return undefined;
      return {
        annotations: namespace.metadata?.annotations ?? {},
        terminating: namespace.metadata?.deletionTimestamp !== undefined,
      };
    },
    async readCrd(name) {
      const crd = await ifExists(extensions.readCustomResourceDefinition({ name }));
      return crd === undefined ? undefined : { annotations: crd.metadata?.annotations ?? {} };
    },
    async listReleaseRecords(namespace, release) {
      const labelSelector = `owner=helm,name=${release}`;
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
      return items.map((secret) => ({
        secret: secret.metadata?.name ?? "",
        status: secret.metadata?.labels?.["status"] ?? "",
        payload: Buffer.from(secret.data?.["release"] ?? "", "base64").toString("utf8"),
      }));
    },
    async deleteReleaseRecord(namespace, record) {
      await ifExists(core.deleteNamespacedSecret({ namespace, name: record.secret }));
    },
    async updateReleaseRecord(namespace, record) {
      const body = await core.readNamespacedSecret({ namespace, name: record.secret });
      body.metadata = { ...body.metadata, labels: { ...body.metadata?.labels, status: record.status } };
      body.data = { ...body.data, release: Buffer.from(record.payload, "utf8").toString("base64") };
      await core.replaceNamespacedSecret({ namespace, name: record.secret, body });
    },
  };
}
