import * as k8s from "@kubernetes/client-node";
import { stringify } from "yaml";
import { prometheusFiles } from "../../../monitoring/objects/prometheusFiles";
import type { RuleGroup } from "../../../monitoring/rules";
import { type ScrapeObject, TOKEN_KEY } from "../../../monitoring/scrape/objects";
import type { TestEnvironment } from "../environment";

/** Folder of the files, as docs/monitoring.md says. */
export const FOLDER = "/etc/llm-d";

/** The configuration of docs/monitoring.md: only the paths of the files. */
export const CONFIGURATION = {
  global: { scrape_interval: "5s", evaluation_interval: "5s" },
  scrape_config_files: [`${FOLDER}/scrape-configs.yml`],
  rule_files: [`${FOLDER}/rules.yml`],
};

/** Arguments of plainPrometheus. */
export interface PlainPrometheusArgs {
  readonly objects: readonly ScrapeObject[];
  readonly rules: readonly RuleGroup[];
  readonly tokenSecret: string;
  /** Service account in the namespace that may list pods. */
  readonly serviceAccount: string;
  readonly namespace: string;
}

/** A Prometheus without operator that mounts the ConfigMap of mode bring-your-own. */
export function plainPrometheus(environment: TestEnvironment, args: PlainPrometheusArgs) {
  const name = "plain-prometheus";
  const files = "llm-d-prometheus";
  const { namespace } = args;
  const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
  const configMap = (of: string, data: Record<string, string>) =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name: of }, data } });
  return {
    name,
    create: async (): Promise<void> => {
      await configMap(name, { "prometheus.yml": stringify(CONFIGURATION) });
      await configMap(files, { ...prometheusFiles(args.objects, args.rules) });
      await core.createNamespacedPod({
        namespace,
        body: {
          metadata: { name },
          spec: {
            serviceAccountName: args.serviceAccount,
            containers: [
              {
                name: "prometheus",
                image: "quay.io/prometheus/prometheus:v3.8.1",
                args: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
                volumeMounts: [
                  { name: "configuration", mountPath: "/etc/prometheus" },
                  { name: "llm-d", mountPath: FOLDER },
                  { name: "samples", mountPath: "/prometheus" },
                ],
              },
            ],
            volumes: [
              { name: "configuration", configMap: { name } },
              {
                name: "llm-d",
                projected: {
                  sources: [
                    { configMap: { name: files } },
                    { secret: { name: args.tokenSecret, items: [{ key: TOKEN_KEY, path: TOKEN_KEY }] } },
                  ],
                },
              },
              { name: "samples", emptyDir: {} },
            ],
          },
        },
      });
    },
    remove: async (): Promise<void> => {
      await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
      for (const of of [name, files]) await core.deleteNamespacedConfigMap({ name: of, namespace });
    },
  };
}
