import * as z from "zod";
import type { RuleContext } from "../../../components/capability";
import type { ParsedGateway } from "../../../components/gateway/settings";
import { applies, choice, field, onlyWith, SUBDOMAIN, text, wholeNumber } from "../../../settings/fields";
import { problem, type Problem, show } from "../../../settings/problems";
import type { Partially } from "../../../settings/values";
import { existingClusterRules, type KubernetesConfigured } from "../kubernetesSettings";

const route = field(
  z.strictObject({
    termination: choice(
      ["edge", "reencrypt"],
      "Where TLS ends: edge (at the router) or reencrypt (at the router, with a second TLS connection to the gateway).",
    ).default("edge"),
    host: text(
      SUBDOMAIN,
      "Host name. Default: gateway.hostname, or one in the cluster's domain for applications.",
      "a host name such as llm.apps.cluster.example.com",
    ).optional(),
    destinationCaCertificate: applies(
      text(
        /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
        "CA certificate by which the router checks the gateway's certificate. Without gateway.tls, the cluster's service CA signs it, which the router trusts.",
        "one or more certificates in PEM form",
      ),
      onlyWith("./termination", ["reencrypt"]),
      { condition: { with: "gateway.tls" } },
    ).optional(),
    timeoutSeconds: wholeNumber(
      1,
      86_400,
      "How long the router waits for the next part of an answer. The first token of a long prompt may take long.",
      "seconds",
    ).default(600),
  }),
  {
    description: "The Route to the gateway.",
    expected: "an object with termination, host, destinationCaCertificate and timeoutSeconds",
  },
);

/** The settings of platform openshift. */
export const openshiftSchema = field(
  z.strictObject({
    route: route.prefault({}),
    scc: choice(
      ["anyuid", "restricted"],
      "SecurityContextConstraints of the service accounts of istiod and the gateway: anyuid (bound only to these two) or restricted (the cluster's default, which Istio 1.20 and later support).",
    ).default("anyuid"),
  }),
  { description: "All settings of OpenShift.", expected: "an object with route and scc" },
);

/** The openshift section as the schema gives it. */
export type OpenShiftConfig = z.output<typeof openshiftSchema>;

/** Checks that the Route fits the gateway. */
export function openshiftRules(
  config: Partially<KubernetesConfigured & { openshift: OpenShiftConfig; gateway: ParsedGateway }>,
  context: RuleContext,
): Problem[] {
  const { host, termination, destinationCaCertificate } = config.openshift?.route ?? {};
  const { hostname, tls } = config.gateway ?? {};
  const problems = existingClusterRules(config, context);
  if (host !== undefined && hostname !== undefined && host !== hostname) {
    problems.push(
      problem(
        ["openshift", "route", "host"],
        `${show(host)} is not gateway.hostname (${show(hostname)}), and the gateway takes requests only for the latter; remove one of them`,
      ),
    );
  }
  if (termination === "edge" && tls !== undefined) {
    problems.push(
      problem(
        ["openshift", "route", "termination"],
        '"edge" makes the router send plain HTTP to a gateway that needs TLS (gateway.tls); write reencrypt, or remove gateway.tls',
      ),
    );
  } else if (termination === "reencrypt" && tls !== undefined && destinationCaCertificate === undefined) {
    problems.push(
      problem(
        ["openshift", "route", "destinationCaCertificate"],
        "is missing with gateway.tls: the router checks the gateway's certificate; write the certificate of its CA",
      ),
    );
  }
  return problems;
}
