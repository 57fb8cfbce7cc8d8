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
      "Where TLS ends: edge, at the router; reencrypt, at the router and again at the gateway.",
    ).default("edge"),
    host: text(
      SUBDOMAIN,
      "Host name. Default: gateway.hostname, or one below the cluster's own domain for applications.",
      "a host name such as llm.apps.cluster.example.com",
    ).optional(),
    destinationCaCertificate: applies(
      text(
        /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
        "Who signed the gateway's certificate, for the router to check it. Without gateway.tls the certificate is the cluster's service CA's, which the router knows.",
        "one or more certificates in PEM form",
      ),
      onlyWith("./termination", ["reencrypt"]),
      { condition: { with: "gateway.tls" } },
    ).optional(),
    timeoutSeconds: wholeNumber(
      1,
      86_400,
      "How long the router waits for the next part of an answer. A long prompt takes a while until its first token.",
      "seconds",
    ).default(600),
  }),
  {
    description: "The Route to the gateway.",
    expected: "an object with termination, host, destinationCaCertificate and timeoutSeconds",
  },
);

/** Everything that only platform openshift has. */
export const openshiftSchema = field(
  z.strictObject({
    route: route.prefault({}),
    scc: choice(
      ["anyuid", "restricted"],
      "SecurityContextConstraints of istiod's and the gateway's service accounts: anyuid is bound to exactly these two; restricted binds nothing and leaves them under the cluster's default, which Istio 1.20 and later can live with.",
    ).default("anyuid"),
  }),
  { description: "Everything about OpenShift, on platform openshift.", expected: "an object with route and scc" },
);

/** The openshift section as the schema gives it. */
export type OpenShiftConfig = z.output<typeof openshiftSchema>;

/** Checks that Route and gateway fit each other. */
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
        `${show(host)} is not gateway.hostname (${show(hostname)}), and the gateway takes requests for that one only; remove one of them`,
      ),
    );
  }
  if (termination === "edge" && tls !== undefined) {
    problems.push(
      problem(
        ["openshift", "route", "termination"],
        '"edge" has the router speak plain HTTP to a gateway that speaks TLS (gateway.tls); write reencrypt, or remove gateway.tls',
      ),
    );
  } else if (termination === "reencrypt" && tls !== undefined && destinationCaCertificate === undefined) {
    problems.push(
      problem(
        ["openshift", "route", "destinationCaCertificate"],
        "is missing with gateway.tls: the router checks the gateway's certificate; write who signed it",
      ),
    );
  }
  return problems;
}
