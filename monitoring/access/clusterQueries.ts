import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { tokenAccount } from "./tokenAccount";
import type { Queries } from "../stack/values";

/** OpenShift's Thanos Querier, which answers queries over all namespaces to accounts that have VIEW_ROLE. */
export const OPENSHIFT_QUERIES = "https://thanos-querier.openshift-monitoring.svc:9091";

/** OpenShift's role that allows queries. */
const VIEW_ROLE = "cluster-monitoring-view";

/** Makes OpenShift's service CA write its certificate into a ConfigMap, under this key, and renew it there. */
const INJECT_CA = { "service.beta.openshift.io/inject-cabundle": "true" } as const;
const CA_KEY = "service-ca.crt";

/** Name of Grafana's service account for queries, and prefix of the names of its objects. */
const ACCOUNT = "grafana-queries";

const TOKEN_SECRET = `${ACCOUNT}-token`;
const CA_CONFIG_MAP = `${ACCOUNT}-ca`;

/** How Grafana queries OpenShift's monitoring: the address, the token and the CA. */
export const CLUSTER_QUERIES: Queries = {
  url: OPENSHIFT_QUERIES,
  token: { secret: TOKEN_SECRET, key: "token" },
  ca: { configMap: CA_CONFIG_MAP, key: CA_KEY },
};

/** Arguments of ClusterQueries. */
export interface ClusterQueriesArgs {
  /** Grafana's namespace. */
  readonly namespace: string;
  /** Prefix of the names of cluster-wide objects. */
  readonly prefix: string;
}

/** The right to query OpenShift's monitoring: a service account, its token, and the CA of the querier's certificate. */
export class ClusterQueries extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterQueriesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, prefix } = args;
    super("llmd:monitoring:ClusterQueries", name, args, opts);

    tokenAccount(this, name, { account: ACCOUNT, namespace }, opts);
    new k8s.core.v1.ConfigMap(
      `${name}-ca`,
      { metadata: { name: CA_CONFIG_MAP, namespace, annotations: INJECT_CA } },
      childOptions(this, opts),
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-binding`,
      {
        metadata: { name: `${prefix}-${ACCOUNT}` },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: VIEW_ROLE },
        subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace }],
      },
      childOptions(this, opts),
    );
    this.registerOutputs({});
  }
}
