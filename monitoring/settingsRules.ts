import { MONITORING_NAMESPACE } from "../components/naming";
import { hasGrafana } from "../stacks/pins";
import type { ParsedEnvironment } from "../stacks/environmentSchema";
import { readCertificate } from "../components/gateway/settingsRules";
import { type Path, problem, type Problem, show } from "../settings/problems";
import type { Partially } from "../stacks/environmentRules";

type Environment = Partially<ParsedEnvironment>;

const at = (...keys: string[]): Path => ["monitoring", ...keys];

/** The mode where none is written. */
export function defaultMode(platform: string | undefined): "stack" | "openshift" {
  return platform === "openshift" ? "openshift" : "stack";
}

/** Checks that monitoring fits the platform and the gateway, and that nothing is written in vain. */
export function monitoringRules(config: Environment, raw: unknown): Problem[] {
  const { monitoring, platform, namespace } = config;
  if (monitoring === undefined) return [];
  const mode = monitoring.mode ?? defaultMode(platform);
  const problems: Problem[] = [];
  if (mode === "openshift" && platform !== undefined && platform !== "openshift") {
    problems.push(problem(at("mode"), `openshift is not possible on platform ${platform}; write stack`));
  }
  if (mode === "stack" && platform === "openshift") {
    problems.push(
      problem(
        at("mode"),
        "stack is not possible on platform openshift, whose own monitoring has the Prometheus Operator and its CRDs; write openshift",
      ),
    );
  }
  if (hasGrafana({ mode, grafana: monitoring.grafana }) && namespace === MONITORING_NAMESPACE) {
    problems.push(
      problem(["namespace"], `${show(namespace)} is that of the monitoring stack; write another such as llm-d`),
    );
  }
  return [
    ...problems,
    ...uselessSections(mode, raw),
    ...(mode === "openshift" ? besideOpenShift(monitoring.grafana ?? {}, raw) : []),
    ...grafanaRules(config, mode),
    ...valuesRules(monitoring.values),
  ];
}

/** Sections that only one mode looks at, written in another. */
function uselessSections(mode: string, raw: unknown): Problem[] {
  // What is switched off for a while keeps its settings.
  const written = mode === "off" ? [] : Object.keys(record(record(raw)["monitoring"]));
  const only: Readonly<Record<string, readonly string[]>> = {
    prometheus: ["stack"],
    storage: ["stack"],
    // OpenShift has a Prometheus of its own, and no Grafana.
    grafana: ["stack", "openshift"],
    alertmanager: ["stack"],
    values: ["stack", "openshift"],
    bringYourOwn: ["bring-your-own"],
  };
  return written.flatMap((key) => {
    const needed = only[key];
    return needed === undefined || needed.includes(mode)
      ? []
      : [problem(at(key), `has no effect in mode ${mode}; remove it, or write ${needed[0]} as monitoring.mode`)];
  });
}

/** Beside OpenShift's monitoring, Grafana is there where it has a Route. */
function besideOpenShift({ exposure }: { readonly exposure?: string }, raw: unknown): Problem[] {
  if (exposure === "gateway" || exposure === "ingress") {
    return [problem(at("grafana", "exposure"), `${exposure} is not possible in mode openshift; write route or none`)];
  }
  if (exposure === "route") return [];
  const monitoring = record(record(raw)["monitoring"]);
  const written = Object.keys(record(monitoring["grafana"])).filter((key) => key !== "exposure");
  const message =
    "has no effect in mode openshift without a Grafana; remove it, or write route as monitoring.grafana.exposure";
  return [
    ...written.map((key) => problem(at("grafana", key), message)),
    ...("values" in monitoring ? [problem(at("values"), message)] : []),
  ];
}

function grafanaRules({ monitoring, gateway, platform }: Environment, mode: string): Problem[] {
  const { exposure, hostname, ingressClassName, tlsSecretName } = monitoring?.grafana ?? {};
  const problems: Problem[] = [];
  if (!hasGrafana({ mode, grafana: monitoring?.grafana }) || exposure === undefined) return problems;
  if ((exposure === "gateway" || exposure === "ingress") && hostname === undefined) {
    problems.push(
      problem(
        at("grafana", "hostname"),
        `is missing with exposure ${exposure}; write a host name such as grafana.example.com`,
      ),
    );
  }
  if (exposure === "none" && hostname !== undefined) {
    problems.push(
      problem(
        at("grafana", "hostname"),
        "has no effect with exposure none; remove it, or write gateway or ingress as monitoring.grafana.exposure",
      ),
    );
  }
  for (const [key, value] of Object.entries({ ingressClassName, tlsSecretName })) {
    if (value !== undefined && exposure !== "ingress") {
      problems.push(problem(at("grafana", key), `has no effect with exposure ${exposure}; remove it`));
    }
  }
  if (exposure === "route" && platform !== undefined && platform !== "openshift") {
    problems.push(
      problem(
        at("grafana", "exposure"),
        `route is OpenShift's, and this is platform ${platform}; write gateway or ingress`,
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
  if (platform === "openshift") {
    problems.push(
      problem(
        at("grafana", "exposure"),
        "gateway is not possible on platform openshift, whose Route leads to the models only; write route",
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

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
