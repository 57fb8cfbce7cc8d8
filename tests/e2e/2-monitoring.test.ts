import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { ABSENT } from "../../local/dashboards/page";
import { sendLoad } from "../../local/dashboards/load";
import { filled, type Prometheus, prometheusOf, type Sample, type Target } from "../../local/dashboards/prometheus";
import { GPU_OPERATOR_NAMESPACE } from "../../components/gpu/gpuOperator";
import { ISTIO_NAMESPACE, MONITORING_NAMESPACE } from "../../components/naming";
import { JOBS, METRICS, metricOf, RULES, scrapeObjects } from "../../monitoring";
import { DASHBOARDS } from "../../monitoring/dashboards";
import { eventually, type TestEnvironment } from "../support/environment";
import { requestsServed } from "../support/metrics";
import { annotatedPod } from "../support/monitoring/annotatedPod";
import { plainPrometheus } from "../support/monitoring/plainPrometheus";
import { asValue, selectors } from "../support/monitoring/promql";
import { RELOAD_MS } from "../support/monitoring/reload";
import { SAMPLES } from "../support/monitoring/samples";
import { sharedEnvironment } from "../support/shared";

/** The highest possible value of each unit, also on a slow machine. The lowest is 0. */
const MOST: Readonly<Record<string, number>> = {
  percentunit: 1.0001,
  percent: 100.01,
  celsius: 120,
  watt: 500,
  s: 600,
  ms: 600_000,
  reqps: 1e5,
};

/** Panels with a different highest value than their unit. */
const MORE: Readonly<Record<string, number>> = {
  // One day.
  "Certificate of the mesh ends in": 86_400,
  // It is 1.41 when all requests go to one of three replicas.
  Unevenness: 2,
  "Unevenness by model": 2,
};

function numbers(samples: readonly Sample[]): number[] {
  return samples.map(({ value }) => Number(value[1])).filter((value) => Number.isFinite(value));
}

/** Whether something in this environment exports the selector's metric. Recorded metrics count as exported. */
function isHere(selector: string): boolean {
  const name = /^[A-Za-z_:][\w:]*/.exec(selector)?.[0];
  if (selector.includes(`"${JOBS.kubelet}"`)) return false;
  if (name === undefined) return false;
  const metric = metricOf(name);
  return metric === undefined ? name.startsWith("llmd:") : metric.known !== "sample" || metric.job === JOBS.dcgm;
}

/** Metrics of TLS exist only when a listener has TLS. */
const isTls = (selector: string): boolean => selector.startsWith("envoy_listener_ssl_");

describe("monitoring, with a real Prometheus", function () {
  // An up, scrapes and a load take minutes on a busy machine.
  this.timeout(900_000);
  let environment: TestEnvironment;
  let prometheus: Prometheus;
  let answered = 0;

  before(async () => {
    environment = await sharedEnvironment();
    await environment.embedded.stack.up({ color: "never" });
    const outputs = await environment.embedded.stack.outputs();
    prometheus = await eventually(
      "Prometheus runs",
      60_000,
      async () => prometheusOf(await environment.status()),
      (found) => found !== undefined,
    ).then((found) => found ?? assert.fail());
    await annotatedPod(environment).create();
    await eventually(
      "every model server and every GPU is scraped",
      RELOAD_MS,
      () => prometheus.query(`count by (job) (up{job=~"${JOBS.modelServers}|${JOBS.dcgm}"} == 1)`).catch(() => []),
      (found) => numbers(found).sort().join() === "2,3",
    );
    const [model = ""] = outputs.models?.value as string[];
    const url = String(outputs.gatewayUrl?.value);
    // A request without a model is an error. The endpoint picker exports its count of errors only after the first.
    const bad = await fetch(`${url}/v1/completions`, { method: "POST", body: "{}" });
    assert.equal(bad.status, 400);
    // Rates over one minute need three scrapes under load.
    const { sent, failed } = await sendLoad({ url, model, seconds: 50, clients: 6 });
    assert.ok(sent > 20 && failed === 0, `${sent} requests, ${failed} without a good answer`);
    const replicas = await environment.pods("ms-llm-d-modelservice-decode-");
    const each = await Promise.all(replicas.map(({ ip }) => requestsServed(ip ?? "")));
    answered = each.reduce((left, right) => left + right, 0);
  });

  after(() => annotatedPod(environment).remove());

  it("configures Prometheus with the retention by time and size, and with the scrape interval", async () => {
    const flags = await prometheus.flags();
    // Prometheus writes seven days as one week.
    assert.equal(flags["storage.tsdb.retention.time"], "1w");
    assert.equal(flags["storage.tsdb.retention.size"], "42GiB512MiB");
    assert.match(await prometheus.config(), /scrape_interval: 15s/);
  });

  it("scrapes every job of the program that exists here, and every target answers", async () => {
    const targets = await prometheus.targets();
    const jobs = new Set(targets.map(({ labels }) => labels.job));
    // There is no kubelet here, and the chart names Prometheus' own job differently.
    const { kubelet, prometheus: own } = JOBS;
    assert.deepEqual(
      Object.values(JOBS).filter((job) => !jobs.has(job)),
      [kubelet, own],
    );
    assert.deepEqual(
      targets.filter(({ health }) => health !== "up").map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`),
      [],
    );
  });

  it("scrapes an annotated pod at the port and path of its annotations", async () => {
    const [found, ...others] = await prometheus.query(`answer_to_everything{job="${JOBS.annotatedPods}"}`);
    assert.deepEqual([found?.value[1], found?.metric["pod"], others.length], ["42", annotatedPod(environment).name, 0]);
  });

  it("scrapes endpoint pickers with a token, and they refuse requests without a valid one", async () => {
    const [picker] = await environment.pods("llm-d-gaie-epp-");
    const status = async (token?: string): Promise<number> => {
      const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
      return (await fetch(`http://${picker?.ip}:9090/metrics`, { headers })).status;
    };
    const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const where = { name: "llm-d-metrics-reader-token", namespace: "llm-d-monitoring" };
    const reader = Buffer.from((await core.readNamespacedSecret(where)).data?.["token"] ?? "", "base64").toString();
    // A known service account without the right to read metrics.
    const { status: stranger } = await core.createNamespacedServiceAccountToken({
      name: "default",
      namespace: "llm-d",
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    assert.equal(await status(), 401);
    // The API server's token review may return an error for an invalid token, and the endpoint picker passes it on.
    assert.ok([401, 500].includes(await status("nonsense")));
    assert.equal(await status(stranger?.token), 403);
    assert.equal(await status(reader), 200);
  });

  it("has the same targets, labels and rules when a Prometheus without an operator reads them from files", async () => {
    const objects = scrapeObjects({
      namespace: "llm-d",
      istioNamespace: ISTIO_NAMESPACE,
      gpuNamespace: GPU_OPERATOR_NAMESPACE,
      tokenSecret: "llm-d-metrics-reader-token",
      untypedMetrics: true,
    });
    const plain = plainPrometheus(environment, {
      objects,
      rules: RULES,
      namespace: MONITORING_NAMESPACE,
      tokenSecret: "llm-d-metrics-reader-token",
      serviceAccount: "kube-prometheus-stack-prometheus",
    });
    // Ignore the label that only the operator adds: the port's name.
    const of = ({ labels: { endpoint: _, ...labels }, health, lastError }: Target): string =>
      JSON.stringify([Object.entries(labels).sort(), health, lastError]);
    const jobs = new Set<string | undefined>(objects.map(({ job }) => job));
    const known = async (from: Prometheus | undefined): Promise<string[]> =>
      ((await from?.targets().catch(() => [])) ?? [])
        .filter(({ labels }) => jobs.has(labels.job))
        .map(of)
        .sort();
    const wanted = await known(prometheus);
    assert.ok(wanted.length >= 8, `${wanted.length} targets`);
    await plain.create();
    try {
      const started = async (): Promise<Prometheus | undefined> => prometheusOf(await environment.status(), plain.name);
      await eventually(
        `the targets ${wanted.join("\n")}`,
        120_000,
        async () => known(await started()),
        (found) => found.join() === wanted.join(),
      );
      const rules = (await (await started())?.rules()) ?? [];
      assert.equal(rules.length, RULES.flatMap((group) => group.rules).length);
      assert.deepEqual(
        rules.filter(({ health }) => health === "err").map(({ name, lastError }) => `${name}: ${lastError}`),
        [],
      );
    } finally {
      await plain.remove();
    }
  });

  it("evaluates every rule without an error, and no alert fires", async () => {
    const running = await prometheus.rules();
    const names = new Set(running.map(({ name }) => name));
    const wanted = RULES.flatMap(({ rules }) => rules.map((rule) => ("record" in rule ? rule.record : rule.alert)));
    assert.deepEqual(
      [...new Set(wanted)].filter((name) => !names.has(name)),
      [],
    );
    assert.deepEqual(
      running.filter(({ health }) => health === "err").map(({ name, lastError }) => `${name}: ${lastError}`),
      [],
    );
    assert.deepEqual(
      running.filter(({ state }) => state === "firing").map(({ name }) => name),
      [],
    );
  });

  it("has every metric that the table expects here, and a sample of every other metric in the table", async () => {
    const known = await prometheus.metricNames();
    const series = Object.entries(METRICS).map(
      ([name, metric]) => [metric.kind === "histogram" ? `${name}_bucket` : name, metric] as const,
    );
    const here = series.filter(([name]) => isHere(name) && !isTls(name));
    assert.deepEqual(
      here.filter(([name]) => !known.has(name)).map(([name]) => name),
      [],
    );
    const unsampled = series.filter(([, { known: how, job }]) => how === "sample" && SAMPLES[job] === undefined);
    assert.deepEqual(unsampled, []);
  });

  it("counts as many requests as the replicas answered, in the model servers and in the endpoint picker", async () => {
    const sum = (expression: string): Promise<number> =>
      prometheus.query(expression).then(([sample]) => Number(sample?.value[1]));
    await eventually(
      "the replicas have counted every request",
      60_000,
      () => sum("sum(vllm:request_success_total)"),
      (count) => count === answered,
    );
    await eventually(
      `the endpoint picker has counted ${answered} decisions`,
      60_000,
      () => sum('sum(inference_extension_scheduler_attempts_total{status="success"})'),
      (decisions) => decisions >= answered,
    );
    const hits = await sum("sum(vllm:prefix_cache_hits)");
    const queries = await sum("sum(vllm:prefix_cache_queries)");
    assert.ok(hits > 0.3 * queries && hits < queries, `${hits} of ${queries} prompt tokens from the cache`);
    assert.equal(await sum("sum(inference_pool_ready_pods)"), 3);
    // This is one of the GPU counters that grow.
    assert.ok((await sum("sum(rate(DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL[1m]))")) > 0);
  });

  it("has series for every selector of an expression whose source runs here", async () => {
    const expressions = [
      ...RULES.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
      ...DASHBOARDS.flatMap(({ spec }) => spec.rows.flatMap(({ panels }) => panels))
        .flatMap(({ queries }) => queries)
        .map(({ expr }) => filled(expr)),
    ];
    const all = [...new Set(expressions.flatMap(selectors))].filter((each) => isHere(each) && !isTls(each));
    assert.ok(all.length > 80, `${all.length} selectors`);
    const empty = await Promise.all(
      all.map(async (each) => ((await prometheus.query(`count(${each})`)).length === 0 ? each : undefined)),
    );
    assert.deepEqual(
      empty.filter((each) => each !== undefined),
      [],
    );
  });

  it("evaluates every recording rule to a value", async () => {
    const empty: string[] = [];
    for (const rule of RULES.flatMap(({ rules }) => rules)) {
      if ("record" in rule && numbers(await prometheus.query(rule.expr)).length === 0) empty.push(rule.record);
    }
    assert.deepEqual(empty, []);
  });

  it("evaluates the condition of every alert to a value, so that its metrics exist with matching labels", async () => {
    const without: string[] = [];
    for (const rule of RULES.flatMap(({ rules }) => rules)) {
      if (!("alert" in rule)) continue;
      // The environment is only minutes old, so offsets of half an hour are removed.
      const condition = asValue(rule.expr).replaceAll(/ offset \w+/g, "");
      const values = numbers(await prometheus.query(condition));
      if (values.length === 0) without.push(rule.alert);
    }
    assert.deepEqual(without, ["LlmdVolumeFilling"], "only the kubelet's metrics are missing here");
  });

  for (const { title, spec } of DASHBOARDS) {
    it(`has data for every panel of ${title}, with possible values`, async () => {
      const problems: string[] = [];
      for (const panel of spec.rows.flatMap(({ panels }) => panels)) {
        for (const { expr } of panel.queries) {
          const values = numbers(await prometheus.query(filled(expr)));
          const where = `${panel.title}: ${expr}`;
          if ((values.length === 0) !== panel.title in ABSENT) problems.push(`${values.length} values, ${where}`);
          const most = MORE[panel.title] ?? MOST[panel.unit] ?? Infinity;
          const odd = values.filter((value) => value < 0 || value > most);
          if (odd.length > 0) problems.push(`${odd.join(", ")} as ${panel.unit}, ${where}`);
        }
      }
      assert.deepEqual(problems, []);
    });
  }
});
