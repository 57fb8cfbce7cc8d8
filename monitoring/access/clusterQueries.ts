import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { tokenAccount } from "./tokenAccount";
import type { Queries } from "../stack/values";

/** Where OpenShift answers queries over all of its monitoring, to whoever may view it. */
export const OPENSHIFT_QUERIES = "https://thanos-querier.openshift-monitoring.svc:9091";

/** OpenShift's own role for those who may ask there. */
const VIEW_ROLE = "cluster-monitoring-view";

/** Has OpenShift's service CA put its certificate into a ConfigMap, under this key, and renew it there. */
const INJECT_CA = { "service.beta.openshift.io/inject-cabundle": "true" } as const;
const CA_KEY = "service-ca.crt";

/** Name of the service account that Grafana asks as, and of what belongs to it. */
const ACCOUNT = "grafana-queries";

const TOKEN_SECRET = `${ACCOUNT}-token`;
const CA_CONFIG_MAP = `${ACCOUNT}-ca`;

/** How Grafana asks OpenShift's monitoring: as whom, and by whose certificate it knows whom it asks. */
export const CLUSTER_QUERIES: Queries = {
  url: OPENSHIFT_QUERIES,
  token: { secret: TOKEN_SECRET, key: "token" },
  ca: { configMap: CA_CONFIG_MAP, key: CA_KEY },
};

/** Arguments of the right to ask OpenShift's monitoring. */
export interface ClusterQueriesArgs {
  /** Grafana's namespace. */
  readonly namespace: string;
  /** What names that are the whole cluster's start with. */
  readonly prefix: string;
}

/** The right to ask OpenShift's monitoring: a service account, its token, and the CA of whom it asks. */
export class ClusterQueries extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterQueriesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, prefix } = args;
    super("llmd:monitoring:ClusterQueries", name, {}, opts);
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
