import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { tokenAccount } from "./tokenAccount";

/** Arguments of the right to read endpoint pickers' metrics. */
export interface MetricsReaderArgs {
  /** Namespace of the service account and its token. */
  readonly namespace: string;
  /** What names that are the whole cluster's start with. */
  readonly prefix: string;
  /** Service accounts of the endpoint pickers. */
  readonly endpointPickers: readonly string[];
  /** Their namespace. */
  readonly endpointPickerNamespace: string;
}

/** Name of the service account that Prometheus reads metrics as, and of what belongs to it. */
const READER = "llm-d-metrics-reader";

/** Kubernetes' own role for those who ask the API server whose a token is and what that one may do. */
const AUTH_DELEGATOR = "system:auth-delegator";

const RBAC = "rbac.authorization.k8s.io";

/**
 * Who may read endpoint pickers' metrics, which they show only to those with a token: a service account whose token
 * Prometheus sends; and the endpoint pickers' own right to ask the API server about it. The endpoint picker's chart would
 * make both, with a ServiceMonitor of its own that gives the job another name.
 */
export class MetricsReader extends pulumi.ComponentResource {
  /** Name of the Secret with the token, under the key `token`. */
  readonly tokenSecret: string;

  constructor(name: string, args: MetricsReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, prefix } = args;
    super("llmd:monitoring:MetricsReader", name, {}, opts);
    this.tokenSecret = `${READER}-token`;

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
    this.registerOutputs({});
  }
}
