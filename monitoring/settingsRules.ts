import { MONITORING_NAMESPACE } from "../components/naming";
import type { RuleContext } from "../components/capability";
import { readCertificate } from "../components/gateway/settingsRules";
import type { ParsedGateway } from "../components/gateway/settings";
import { type Path, problem, type Problem, show } from "../settings/problems";
import { type Partially, record } from "../settings/values";
import { hasGrafana, type ParsedMonitoring } from "./settings";

/** The part of the configuration that these rules read. */
type Configured = Partially<{ monitoring: ParsedMonitoring; gateway: ParsedGateway; namespace: string }>;

const at = (...keys: string[]): Path => ["monitoring", ...keys];

/** Checks that monitoring fits the platform and the gateway. */
export function monitoringRules(config: Configured, { platform }: RuleContext): Problem[] {
  return [...modeRules(config, platform), ...grafanaRules(config, platform), ...valuesRules(config.monitoring?.values)];
}

function* modeRules({ monitoring, namespace }: Configured, platform: RuleContext["platform"]): Iterable<Problem> {
  if (monitoring === undefined) return;
  const { mode } = monitoring;
  if (mode === "openshift" && platform !== undefined && platform.monitoringMode !== "openshift") {
    yield problem(at("mode"), `openshift is not possible on platform ${platform.name}; write stack`);
  }
  if (mode === "stack" && platform?.monitoringMode === "openshift") {
    yield problem(
      at("mode"),
      `stack is not possible on platform ${platform.name}, which already has the Prometheus Operator and its CRDs; write openshift`,
    );
  }
  if (hasGrafana(monitoring) && namespace === MONITORING_NAMESPACE) {
    const message = `${show(namespace)} is the namespace of the monitoring stack; write another such as llm-d`;
    yield problem(["namespace"], message);
  }
  const exposure = monitoring.grafana?.exposure;
  if (mode === "openshift" && (exposure === "gateway" || exposure === "ingress")) {
    yield problem(at("grafana", "exposure"), `${exposure} is not possible in mode openshift; write route or none`);
  }
}

function* grafanaRules({ monitoring, gateway }: Configured, platform: RuleContext["platform"]): Iterable<Problem> {
  const { exposure, hostname } = monitoring?.grafana ?? {};
  if (monitoring === undefined || !hasGrafana(monitoring) || exposure === undefined) return;
  if ((exposure === "gateway" || exposure === "ingress") && hostname === undefined) {
    const message = `is missing with exposure ${exposure}; write a host name such as grafana.example.com`;
    yield problem(at("grafana", "hostname"), message);
  }
  if (exposure === "route" && platform?.routes === false) {
    const message = `route exists only on OpenShift, and this is platform ${platform.name}; write gateway or ingress`;
    yield problem(at("grafana", "exposure"), message);
  }
  if (exposure !== "gateway") return;
  if (gateway?.jwt !== undefined) {
    yield problem(
      at("grafana", "exposure"),
      "gateway is not possible with gateway.jwt: the gateway requires a token, which a browser does not send; write ingress or none",
    );
  }
  if (platform?.routes === true) {
    yield problem(
      at("grafana", "exposure"),
      `gateway is not possible on platform ${platform.name}, whose Route leads to the models only; write route`,
    );
  }
  if (hostname === undefined) return;
  if (hostname === gateway?.hostname) {
    const message = `${show(hostname)} is the hostname of the models; write another name that leads to the gateway`;
    yield problem(at("grafana", "hostname"), message);
  } else if (gateway?.tls?.mode === "certificate" && isForAnother(gateway.tls.certificate, hostname)) {
    yield problem(
      ["gateway", "tls", "certificate"],
      `is not for ${hostname}, Grafana's name on the gateway; write one for both names, or ingress as monitoring.grafana.exposure`,
    );
  }
}

/** Whether a certificate is for other names. One that cannot be read is a separate problem. */
function isForAnother(pem: string | undefined, hostname: string): boolean {
  const certificate = pem === undefined ? undefined : readCertificate(pem);
  return certificate !== undefined && certificate.checkHost(hostname) === undefined;
}

/** Only the program may set these: passwords would be in plain text, and the CRDs have a separate installation. */
function* valuesRules(values: unknown): Iterable<Problem> {
  const grafana = record(record(values)["grafana"]);
  for (const key of ["adminPassword", "admin"]) {
    if (grafana[key] === undefined) continue;
    const message = "would replace the password that the program makes and keeps secret; remove it";
    yield problem(at("values", "grafana", key), message);
  }
  if (record(values)["crds"] !== undefined) {
    yield problem(at("values", "crds"), "is set by the program, which installs the CRDs itself; remove it");
  }
}
