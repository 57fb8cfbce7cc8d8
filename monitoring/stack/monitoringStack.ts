import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { childOptions } from "../../components/childOptions";
import { helmRelease } from "../../components/charts/release";
import type { Installation } from "../../components/installation";
import { stackValues, type StackValuesArgs } from "./values";

/** Name of the release; what the chart makes is named after it. */
export const STACK_RELEASE = "kube-prometheus-stack";

/** Service of Grafana, and its port. */
export const GRAFANA_SERVICE = { name: `${STACK_RELEASE}-grafana`, port: 80, portName: "http-web" } as const;

/** Service of Prometheus, and its port. */
export const PROMETHEUS_SERVICE = { name: `${STACK_RELEASE}-prometheus`, port: 9090 } as const;

/** Grafana's administrator. */
export const GRAFANA_ADMIN = "admin";

/** Secret with Grafana's administrator. */
const ADMIN_SECRET = { name: "grafana-admin", userKey: "admin-user", passwordKey: "admin-password" } as const;

/** Characters of the administrator's password, letters and digits: 190 bits. */
const PASSWORD_LENGTH = 32;

/** Arguments of the monitoring stack. */
export interface MonitoringStackArgs extends Omit<StackValuesArgs, "grafana" | "namespace"> {
  readonly installation: Installation;
  readonly namespace: string;
  readonly grafana: Omit<StackValuesArgs["grafana"], "adminSecret">;
  /** How long to wait until Prometheus' operator, Grafana and the exporters are ready, in seconds. */
  readonly timeoutSeconds: number;
}

/**
 * Prometheus with its operator, Grafana, Alertmanager and the exporters of Kubernetes and its nodes; or Grafana alone, where it
 * asks a Prometheus of the cluster's own.
 */
export class MonitoringStack extends pulumi.ComponentResource {
  /** Where Prometheus answers inside the cluster; known once it is installed. */
  readonly prometheusUrl: pulumi.Output<string>;
  /** Where Grafana answers inside the cluster; known once it is installed. */
  readonly grafanaUrl: pulumi.Output<string>;
  /** Grafana's administrator. */
  readonly adminUser: pulumi.Output<string>;
  /** The administrator's password; secret. */
  readonly adminPassword: pulumi.Output<string>;

  constructor(name: string, args: MonitoringStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace } = args;
    const { passwordGeneration } = args.grafana;
    const values = stackValues({ ...args, grafana: { ...args.grafana, adminSecret: ADMIN_SECRET } });
    super("llmd:monitoring:MonitoringStack", name, {}, opts);

    const password = new random.RandomPassword(
      `${name}-grafana-admin`,
      {
        length: PASSWORD_LENGTH,
        special: false,
        // Left out for the first, so that passwords of before there were generations stay.
        ...(passwordGeneration === 1 ? {} : { keepers: { generation: String(passwordGeneration) } }),
      },
      childOptions(this, opts),
    );
    this.adminPassword = pulumi.secret(password.result);
    const admin = new k8s.core.v1.Secret(
      `${name}-grafana-admin`,
      {
        metadata: { name: ADMIN_SECRET.name, namespace },
        type: "Opaque",
        data: {
          [ADMIN_SECRET.userKey]: Buffer.from(GRAFANA_ADMIN).toString("base64"),
          [ADMIN_SECRET.passwordKey]: this.adminPassword.apply((text) => Buffer.from(text).toString("base64")),
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
    this.registerOutputs({ prometheusUrl: this.prometheusUrl, grafanaUrl: this.grafanaUrl });
  }
}
