import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { childOptions } from "../../components/childOptions";
import { helmRelease } from "../../components/charts/release";
import type { Installation } from "../../components/installation";
import { stackValues, type StackValuesArgs } from "./values";

/** Name of the release; the names of the chart's objects start with it. */
const STACK_RELEASE = "kube-prometheus-stack";

/** Service of Grafana, and its port. */
export const GRAFANA_SERVICE = { name: `${STACK_RELEASE}-grafana`, port: 80, portName: "http-web" } as const;

/** Service of Prometheus, and its port. */
const PROMETHEUS_SERVICE = { name: `${STACK_RELEASE}-prometheus`, port: 9090 } as const;

/** Grafana's administrator. */
const GRAFANA_ADMIN = "admin";

/** Secret with the administrator's name and password. */
const ADMIN_SECRET = { name: "grafana-admin", userKey: "admin-user", passwordKey: "admin-password" } as const;

/** Letters and digits of the administrator's password: 190 bits. */
const PASSWORD_LENGTH = 32;

/** Arguments of MonitoringStack. */
export interface MonitoringStackArgs extends Omit<StackValuesArgs, "grafana" | "namespace"> {
  readonly installation: Installation;
  readonly namespace: string;
  readonly grafana: Omit<StackValuesArgs["grafana"], "adminSecret">;
  /** How long to wait until the operator, Grafana and the exporters are ready, in seconds. */
  readonly timeoutSeconds: number;
}

/**
 * Prometheus with its operator, Grafana, Alertmanager and the exporters of Kubernetes and its nodes. With `queries`, Grafana
 * only, which queries an existing Prometheus.
 */
export class MonitoringStack extends pulumi.ComponentResource {
  /** Prometheus' address inside the cluster; known once it is installed. */
  readonly prometheusUrl: pulumi.Output<string>;
  /** Grafana's address inside the cluster; known once it is installed. */
  readonly grafanaUrl: pulumi.Output<string>;
  /** Grafana's administrator. */
  readonly adminUser: pulumi.Output<string>;
  /** The administrator's password; secret. */
  readonly adminPassword: pulumi.Output<string>;

  constructor(name: string, args: MonitoringStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace } = args;
    const { passwordGeneration } = args.grafana;
    const values = stackValues({ ...args, grafana: { ...args.grafana, adminSecret: ADMIN_SECRET } });
    super("llmd:monitoring:MonitoringStack", name, args, opts);

    const password = new random.RandomPassword(
      `${name}-grafana-admin`,
      {
        length: PASSWORD_LENGTH,
        special: false,
        // The first generation has no keepers: environments from before this setting keep their password.
        keepers: passwordGeneration === 1 ? undefined : { generation: String(passwordGeneration) },
      },
      childOptions(this, opts),
    );
    const adminPassword = pulumi.secret(password.result);
    const admin = new k8s.core.v1.Secret(
      `${name}-grafana-admin`,
      {
        metadata: { name: ADMIN_SECRET.name, namespace },
        type: "Opaque",
        data: {
          [ADMIN_SECRET.userKey]: Buffer.from(GRAFANA_ADMIN).toString("base64"),
          [ADMIN_SECRET.passwordKey]: adminPassword.apply((text) => Buffer.from(text).toString("base64")),
        },
      },
      childOptions(this, opts),
    );
    const release = helmRelease(
      name,
      {
        installation: args.installation,
        chart: "kube-prometheus-stack",
        releaseName: STACK_RELEASE,
        namespace,
        values,
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts, [admin]),
    );

    const url = ({ name: service, port }: { name: string; port: number }): pulumi.Output<string> =>
      release.namespace.apply((ns) => `http://${service}.${ns}${port === 80 ? "" : `:${port}`}`);
    this.prometheusUrl = args.queries === undefined ? url(PROMETHEUS_SERVICE) : pulumi.output(args.queries.url);
    this.grafanaUrl = url(GRAFANA_SERVICE);
    this.adminUser = pulumi.output<string>(GRAFANA_ADMIN);
    this.adminPassword = adminPassword;
    this.registerOutputs({ prometheusUrl: this.prometheusUrl, grafanaUrl: this.grafanaUrl });
  }
}
