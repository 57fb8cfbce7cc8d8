import { MONITORING_NAMESPACE } from "../components/naming";
import type { RuleContext } from "../components/capability";
import { readCertificate } from "../components/gateway/settingsRules";
import type { ParsedGateway } from "../components/gateway/settings";
import { type Path, problem, type Problem, show } from "../settings/problems";
import { type Partially, record } from "../settings/values";
import { hasGrafana, type ParsedMonitoring } from "./settings";

/** The part of the configuration that is looked at. */
type Configured = Partially<{ monitoring: ParsedMonitoring; gateway: ParsedGateway; namespace: string }>;

const at = (...keys: string[]): Path => ["monitoring", ...keys];

/** Checks that monitoring fits the platform and the gateway. */
export function monitoringRules(config: Configured, { platform }: RuleContext): Problem[] {
  const { monitoring, namespace } = config;
  if (monitoring === undefined) return [];
  const { mode } = monitoring;
  const problems: Problem[] = [];
  if (mode === "openshift" && platform !== undefined && platform.monitoringMode !== "openshift") {
    problems.push(problem(at("mode"), `openshift is not possible on platform ${platform.name}; write stack`));
  }
  if (mode === "stack" && platform?.monitoringMode === "openshift") {
    problems.push(
      problem(
        at("mode"),
        `stack is not possible on platform ${platform.name}, whose own monitoring has the Prometheus Operator and its CRDs; write openshift`,
      ),
    );
  }
  if (hasGrafana(monitoring) && namespace === MONITORING_NAMESPACE) {
    problems.push(
      problem(["namespace"], `${show(namespace)} is that of the monitoring stack; write another such as llm-d`),
    );
  }
  const exposure = monitoring.grafana?.exposure;
  if (mode === "openshift" && (exposure === "gateway" || exposure === "ingress")) {
    const message = `${exposure} is not possible in mode openshift; write route or none`;
    problems.push(problem(at("grafana", "exposure"), message));
  }
  return [...problems, ...grafanaRules(config, platform), ...valuesRules(monitoring.values)];
}

function grafanaRules({ monitoring, gateway }: Configured, platform: RuleContext["platform"]): Problem[] {
  const { exposure, hostname } = monitoring?.grafana ?? {};
  const problems: Problem[] = [];
  if (monitoring === undefined || !hasGrafana(monitoring) || exposure === undefined) return problems;
  if ((exposure === "gateway" || exposure === "ingress") && hostname === undefined) {
    problems.push(
      problem(
        at("grafana", "hostname"),
        `is missing with exposure ${exposure}; write a host name such as grafana.example.com`,
      ),
    );
  }
  if (exposure === "route" && platform?.routes === false) {
    problems.push(
      problem(
        at("grafana", "exposure"),
        `route is OpenShift's, and this is platform ${platform.name}; write gateway or ingress`,
      ),
    );
  }
  if (exposure !== "gateway") return problems;
  if (gateway?.jwt !== undefined) {
    problems.push(
      problem(
        at("grafana", "exposure"),
        "gateway is not possible with gateway.jwt: the gateway asks for a token, which a browser does not send; write ingress or none",
      ),
    );
  }
  if (platform?.routes === true) {
    problems.push(
      problem(
        at("grafana", "exposure"),
        `gateway is not possible on platform ${platform.name}, whose Route leads to the models only; write route`,
      ),
    );
  }
  if (hostname === undefined) return problems;
  if (hostname === gateway?.hostname) {
    problems.push(
      problem(
        at("grafana", "hostname"),
        `${show(hostname)} is where the models answer; write another name that leads to the gateway`,
      ),
    );
  } else if (gateway?.tls?.mode === "certificate" && isForAnother(gateway.tls.certificate, hostname)) {
    problems.push(
      problem(
        ["gateway", "tls", "certificate"],
        `is not for ${hostname}, Grafana's name on the gateway; write one for both names, or ingress as monitoring.grafana.exposure`,
      ),
    );
  }
  return problems;
}

/** Whether a certificate can be read and is for other names; one that cannot is a problem of its own. */
function isForAnother(pem: string | undefined, hostname: string): boolean {
  const certificate = pem === undefined ? undefined : readCertificate(pem);
  return certificate !== undefined && certificate.checkHost(hostname) === undefined;
}

/** What the program has to set itself: passwords, which would be in plain text, and CRDs, which it installs apart. */
function valuesRules(values: unknown): Problem[] {
  const problems: Problem[] = [];
  const grafana = record(record(values)["grafana"]);
  for (const key of ["adminPassword", "admin"]) {
    if (grafana[key] !== undefined) {
      problems.push(
        problem(
          at("values", "grafana", key),
          "would replace the password that the program makes and keeps secret; remove it",
        ),
      );
    }
  }
  if (record(values)["crds"] !== undefined) {
    problems.push(problem(at("values", "crds"), "is the program's to set, which installs the CRDs itself; remove it"));
  }
  return problems;
}
