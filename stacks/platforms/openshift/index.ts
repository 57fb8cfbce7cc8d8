import { judgeOpenShift } from "./inspection";
import { ConstraintsBinding } from "../../../components/openshift/constraintsBinding";
import { OpenShiftRoute } from "../../../components/openshift/route";
import type { EnvironmentConfig } from "../../config";
import { EXISTING_FOUNDATION } from "../cluster";
import { existingCluster, inspectCluster } from "../existing";
import type { GatewayService, Platform } from "../platform";

/** How long to wait for the Route to be admitted by a router, in seconds; a router takes a moment. */
const ADMISSION_TIMEOUT_SECONDS = 300;

/** Asks OpenShift's service CA for a certificate of a Service, in a Secret of this name. */
const SERVING_CERTIFICATE_ANNOTATION = "service.beta.openshift.io/serving-cert-secret-name";

/** An OpenShift cluster that exists: its own security constraints, and Routes for the way in. */
export function openshiftPlatform(config: EnvironmentConfig, root: string): Platform {
  const cluster = existingCluster(config, root);
  const { scc, route } = config.openshift;
  const anyuid = scc === "anyuid";
  const host = route.host ?? config.gateway.hostname;
  return {
    cluster,
    inspect: (wanted) =>
      inspectCluster(cluster, config, wanted, (facts) => judgeOpenShift(facts, { ...wanted, anyuid })),
    foundation: () => EXISTING_FOUNDATION,
    istioValues: { global: { platform: "openshift" } },
    admit: (name, { namespace, name: serviceAccount }, opts) =>
      anyuid ? [new ConstraintsBinding(name, { namespace, serviceAccount }, opts)] : [],
    gatewayService: gatewayService(config),
    expose: (gateway, opts) =>
      new OpenShiftRoute(
        config.gateway.name,
        {
          routeName: config.gateway.name,
          namespace: gateway.namespace,
          service: gateway.serviceName,
          port: gateway.portName,
          route: { ...route, ...(host === undefined ? {} : { host }) },
          ...(route.destinationCaCertificate === undefined
            ? {}
            : { destinationCaCertificate: route.destinationCaCertificate }),
          allowedCidrs: config.gateway.allowedCidrs,
          admissionTimeoutSeconds: ADMISSION_TIMEOUT_SECONDS,
        },
        opts,
      ).url,
  };
}

/**
 * The gateway's Service, behind its Route. To speak TLS to it, the router needs a certificate that it can check: the
 * configured one, or else one that OpenShift's service CA makes for whatever Service asks, and renews.
 */
function gatewayService({ gateway, openshift }: EnvironmentConfig): GatewayService {
  if (openshift.route.termination === "edge" || gateway.tls !== undefined)
    return { type: "ClusterIP", annotations: {} };
  const servingSecret = `${gateway.name}-serving`;
  return { type: "ClusterIP", servingSecret, annotations: { [SERVING_CERTIFICATE_ANNOTATION]: servingSecret } };
}
