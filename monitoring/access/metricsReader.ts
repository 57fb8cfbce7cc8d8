import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { tokenAccount } from "./tokenAccount";

/** Arguments of MetricsReader. */
export interface MetricsReaderArgs {
  /** Namespace of the service account and its token. */
  readonly namespace: string;
  /** Prefix of the names of cluster-wide objects. */
  readonly prefix: string;
  /** Service accounts of the endpoint pickers. */
  readonly endpointPickers: readonly string[];
  /** Namespace of those service accounts. */
  readonly endpointPickerNamespace: string;
}

/** Name of Prometheus' service account for metrics; its Secret has the same name with a suffix. */
const READER = "llm-d-metrics-reader";

/** Kubernetes' role for asking the API server who owns a token and what the owner may do. */
const AUTH_DELEGATOR = "system:auth-delegator";

const RBAC = "rbac.authorization.k8s.io";

/**
 * The rights for endpoint pickers' metrics, which need a token: a service account whose token Prometheus sends, and the
 * endpoint pickers' right to ask the API server about that token. The endpoint picker's chart could make both, but only
 * together with a ServiceMonitor that gives the job another name.
 */
export class MetricsReader extends pulumi.ComponentResource {
  /** Name of the Secret with the token, under the key `token`. */
  readonly tokenSecret: string;

  constructor(name: string, args: MetricsReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, prefix } = args;
    super("llmd:monitoring:MetricsReader", name, args, opts);
    tokenAccount(this, name, { account: READER, namespace }, opts);

    const role = new k8s.rbac.v1.ClusterRole(
      `${name}-role`,
      {
        metadata: { name: `${prefix}-metrics-reader` },
        rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
      },
      childOptions(this, opts),
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-binding`,
      {
        metadata: { name: `${prefix}-metrics-reader` },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: READER, namespace }],
      },
      childOptions(this, opts, [role]),
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-endpoint-pickers`,
      {
        metadata: { name: `${prefix}-endpoint-pickers-auth` },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: AUTH_DELEGATOR },
        subjects: args.endpointPickers.map((picker) => ({
          kind: "ServiceAccount",
          name: picker,
          namespace: args.endpointPickerNamespace,
        })),
      },
      childOptions(this, opts),
    );
    this.tokenSecret = `${READER}-token`;
    this.registerOutputs({});
  }
}
