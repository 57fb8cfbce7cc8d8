import * as assert from "node:assert/strict";
import { JOBS, scrapeObjects } from "../../../monitoring";
import { modelNames } from "../../../components/naming";
import { scrapeConfigs } from "../../../monitoring/scrape/configs";
import type { Relabeling } from "../../../monitoring/scrape/objects";

const ARGS = { namespace: "llm-d", istioNamespace: "istio-system", gpuNamespace: "gpu", tokenSecret: "token" };

type Labels = Readonly<Record<string, string>>;

/** The labels of a target after relabeling, as Prometheus does it; undefined for a dropped target. */
function relabel(labels: Labels, steps: readonly Relabeling[]): Labels | undefined {
  const result: Record<string, string> = { ...labels };
  for (const {
    action = "replace",
    sourceLabels = [],
    separator = ";",
    regex = "(.*)",
    targetLabel,
    replacement = "$1",
  } of steps) {
    const match = new RegExp(`^(?:${regex})$`).exec(sourceLabels.map((name) => result[name] ?? "").join(separator));
    if (action === "keep") {
      if (match === null) return undefined;
    } else if (match !== null && targetLabel !== undefined) {
      result[targetLabel] = replacement.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? "");
    }
  }
  return result;
}

function steps(job: string): readonly Relabeling[] {
  const object = scrapeObjects(ARGS).find((each) => each.job === job);
  return object?.spec.podMetricsEndpoints[0]?.relabelings ?? [];
}

const label = (name: string): string => `__meta_kubernetes_pod_label_${name.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;

describe("scrape objects", () => {
  it("keep the names of jobs", () => {
    assert.deepEqual(
      scrapeObjects(ARGS).map(({ job }) => job),
      ["vllm-instances", "llm-d-scheduler", "inference-gateway", "istiod", "kubernetes-pods", "dcgm-exporter"],
    );
    for (const { job } of scrapeObjects(ARGS)) {
      const labels: Labels =
        job === JOBS.annotatedPods ? { __meta_kubernetes_pod_annotation_prometheus_io_scrape: "true" } : {};
      assert.equal(relabel(labels, steps(job))?.["job"], job);
    }
  });

  for (const id of [undefined, "qwen"]) {
    it(`give replicas and endpoint picker of model ${id ?? "without id"} the same label pool`, () => {
      const { podLabels, poolRelease } = modelNames(id);
      const model = relabel({ [label("llm-d.ai/model")]: podLabels["llm-d.ai/model"] ?? "" }, steps(JOBS.modelServers));
      const picker = relabel({ [label("inferencepool")]: `${poolRelease}-epp` }, steps(JOBS.endpointPickers));
      assert.equal(model?.["pool"], poolRelease);
      assert.equal(picker?.["pool"], poolRelease);
    });
  }

  it("send the token to endpoint pickers only", () => {
    for (const { job, spec } of scrapeObjects(ARGS)) {
      const [endpoint] = spec.podMetricsEndpoints;
      assert.deepEqual(
        endpoint?.authorization,
        job === JOBS.endpointPickers ? { type: "Bearer", credentials: { name: "token", key: "token" } } : undefined,
      );
    }
  });

  it("make one target of an annotated pod, whatever ports it has", () => {
    const pod = (annotations: Labels): Labels => ({
      __address__: "10.0.0.1:8080",
      __meta_kubernetes_pod_ip: "10.0.0.1",
      container: "a",
      endpoint: "b",
      ...Object.fromEntries(
        Object.entries(annotations).map(([name, value]) => [
          `__meta_kubernetes_pod_annotation_prometheus_io_${name}`,
          value,
        ]),
      ),
    });
    const found = relabel(pod({ scrape: "true", port: "9100", path: "/custom" }), steps(JOBS.annotatedPods));
    assert.equal(found?.["__address__"], "10.0.0.1:9100");
    assert.equal(found?.["__metrics_path__"], "/custom");
    assert.equal(found?.["container"], "");
    assert.equal(relabel(pod({}), steps(JOBS.annotatedPods)), undefined);
    assert.equal(relabel(pod({ scrape: "false" }), steps(JOBS.annotatedPods)), undefined);
  });

  it("set the fallback protocol for annotated pods only when untypedMetrics is on", () => {
    const fallback = (untypedMetrics: boolean): unknown[] =>
      scrapeObjects({ ...ARGS, untypedMetrics }).flatMap(({ spec }) => spec.fallbackScrapeProtocol ?? []);
    assert.deepEqual([fallback(true), fallback(false)], [["PrometheusText0.0.4"], []]);
  });

  it("leave GPUs out without a namespace of the DCGM exporter", () => {
    const { gpuNamespace: _, ...rest } = ARGS;
    assert.ok(!scrapeObjects(rest).some(({ job }) => job === JOBS.dcgm));
  });
});

describe("scrape configuration for a Prometheus without operator", () => {
  const configs = scrapeConfigs(scrapeObjects(ARGS));

  it("has each job of the scrape objects once", () => {
    assert.deepEqual(
      configs.map(({ job_name }) => job_name),
      scrapeObjects(ARGS).map(({ job }) => job),
    );
  });

  it("selects the same pods as the PodMonitor, in their namespace only", () => {
    const selected = Object.fromEntries(
      configs.map(({ job_name, kubernetes_sd_configs: [from] }) => [
        job_name,
        `${from?.namespaces.names.join()} ${from?.selectors[0]?.label}`,
      ]),
    );
    assert.deepEqual(selected, {
      [JOBS.modelServers]: "llm-d llm-d.ai/inference-serving=true",
      [JOBS.endpointPickers]: "llm-d inferencepool",
      [JOBS.gateway]: "llm-d gateway.networking.k8s.io/gateway-name",
      [JOBS.istiod]: "istio-system app=istiod",
      [JOBS.annotatedPods]: "llm-d !llm-d.ai/inference-serving,!inferencepool,!gateway.networking.k8s.io/gateway-name",
      [JOBS.dcgm]: "gpu app=nvidia-dcgm-exporter",
    });
  });

  it("sends the token of the file token to endpoint pickers only", () => {
    for (const { job_name, authorization } of configs) {
      assert.equal(authorization?.credentials_file, job_name === JOBS.endpointPickers ? "token" : undefined);
    }
  });

  it("sets the labels namespace, pod and container, as the operator does", () => {
    for (const { relabel_configs } of configs) {
      const targets = relabel_configs.flatMap(({ target_label }) => target_label ?? []);
      for (const name of ["namespace", "pod", "container"]) assert.ok(targets.includes(name), name);
      // Prometheus sets the label job to job_name.
      assert.ok(!targets.includes("job"));
    }
  });

  it("has no field that Prometheus 2 refuses, unless untypedMetrics is on", () => {
    assert.ok(!JSON.stringify(configs).includes("fallback"));
    assert.match(JSON.stringify(scrapeConfigs(scrapeObjects({ ...ARGS, untypedMetrics: true }))), /fallback/);
  });
});
