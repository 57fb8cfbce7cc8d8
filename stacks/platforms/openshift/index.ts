import { ConstraintsBinding } from "../../../components/openshift/constraintsBinding";
import { OpenShiftRoute } from "../../../components/openshift/route";
import type { GatewayConfig } from "../../../components/gateway/settings";
import type { GpuConfig } from "../../../components/gpu/settings";
import type { GatewayService } from "../../../components/platform";
import type { PlatformDefinition, Site } from "../definition";
import { existingCluster, type ExistingConfigured, inspectCluster, someGpuNodes } from "../inspectCluster";
import { PLAIN_KUBERNETES } from "../kubeconfigCluster";
import { kubernetesSchema } from "../kubernetesSettings";
import { judgeOpenShift } from "./inspection";
import { type OpenShiftConfig, openshiftRules, openshiftSchema } from "./settings";

/** How long to wait for a router to admit the Route, in seconds. */
const ADMISSION_TIMEOUT_SECONDS = 300;

/** Requests a certificate for a Service from OpenShift's service CA, in a Secret with this name. */
const SERVING_CERTIFICATE_ANNOTATION = "service.beta.openshift.io/serving-cert-secret-name";

/** The part of the configuration that the platform is built from. */
interface OpenShiftConfigured extends ExistingConfigured {
  readonly openshift: OpenShiftConfig;
  readonly gateway: GatewayConfig;
}

/** An existing OpenShift cluster, with security context constraints and a Route. */
export const openshift = {
  name: "openshift" as const,
  facts: {
    gpuOperator: "olm",
    driverInImage: false,
    olm: true,
    monitoringMode: "openshift",
    persistentStorage: true,
    routes: true,
  },
  settings: { kubernetes: kubernetesSchema.prefault({}), openshift: openshiftSchema.prefault({}) },
  rules: openshiftRules,
  gpuNodes: ({ gpu }: { readonly gpu: GpuConfig }) => someGpuNodes(gpu),
  build: async (config: OpenShiftConfigured, { root, istio }: Site) => {
    const cluster = existingCluster(config, root);
    const { gateway } = config;
    const { scc, route } = config.openshift;
    const anyuid = scc === "anyuid";
    const host = route.host ?? gateway.hostname;
    return {
      ...PLAIN_KUBERNETES,
      ...cluster,
      inspect: (wanted) =>
        inspectCluster(cluster, config, istio, wanted, (facts) => judgeOpenShift(facts, { ...wanted, anyuid })),
      istioValues: { global: { platform: "openshift" } },
      admit: (name, { namespace, name: serviceAccount }, opts) =>
        anyuid ? [new ConstraintsBinding(name, { namespace, serviceAccount }, opts)] : [],
      gatewayService: gatewayService(config),
      expose: (exposed, opts) =>
        new OpenShiftRoute(
          gateway.name,
          {
            routeName: gateway.name,
            namespace: exposed.namespace,
            service: exposed.serviceName,
            port: exposed.portName,
            route: { ...route, ...(host === undefined ? {} : { host }) },
            ...(route.destinationCaCertificate === undefined
              ? {}
              : { destinationCaCertificate: route.destinationCaCertificate }),
            allowedCidrs: gateway.allowedCidrs,
            admissionTimeoutSeconds: ADMISSION_TIMEOUT_SECONDS,
          },
          opts,
        ).url,
    };
  },
} satisfies PlatformDefinition;

/**
 * The gateway's Service, behind its Route. For TLS, the gateway needs a certificate that the router can check: the
 * configured one, or one that OpenShift's service CA makes and renews.
 */
function gatewayService({ gateway, openshift }: OpenShiftConfigured): GatewayService {
  if (openshift.route.termination === "edge" || gateway.tls !== undefined)
    return { type: "ClusterIP", annotations: {} };
  const servingSecret = `${gateway.name}-serving`;
  return { type: "ClusterIP", servingSecret, annotations: { [SERVING_CERTIFICATE_ANNOTATION]: servingSecret } };
}
