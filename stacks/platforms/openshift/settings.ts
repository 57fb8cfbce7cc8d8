import * as z from "zod";
import { choice, field, SUBDOMAIN, text, wholeNumber } from "../../../settings/fields";

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
    destinationCaCertificate: text(
      /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
      "Termination reencrypt with gateway.tls: who signed the gateway's certificate, for the router to check it. Without gateway.tls the certificate is the cluster's service CA's, which the router knows.",
      "one or more certificates in PEM form",
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
