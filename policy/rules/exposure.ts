import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Allowances } from "../allowances";
import { at, list, mandatory, stackOf } from "./support";

const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";

/** The API server of a cluster is not reachable from the internet, unless the cluster is allowed by name. */
export const privateClusterEndpoint = ({ publicClusters }: Allowances): ResourceValidationPolicy =>
  mandatory({
    name: "private-cluster-endpoint",
    description:
      "The API server of a cluster is only reachable inside its network, unless the cluster is allowed by name.",
    validateResource: ({ type, name, props }, report) => {
      if (type !== "aws:eks/cluster:Cluster" || publicClusters.includes(name)) return;
      // EKS makes the endpoint public by default.
      if (at(props, "vpcConfig", "endpointPublicAccess") === false) return;
      report(`${name} has a public endpoint; set aws.cluster.endpoint.public to false, or allow ${name} by name`);
    },
  });

/** A gateway has no public address, unless it is allowed by name. */
export const privateGateway = ({ publicGateways }: Allowances): ResourceValidationPolicy =>
  mandatory({
    name: "private-gateway",
    description: "Gateways and load balancers have internal addresses, unless they are allowed by name.",
    validateResource: (args, report) => {
      const { type, props } = args;
      const name = String(at(props, "metadata", "name") ?? args.name);
      const path = `${stackOf(args)}/${name}`;
      if (publicGateways.includes(path)) return;
      const instead = `make it internal, or allow ${path} by name`;
      if (type === GATEWAY) {
        const scheme = at(props, "spec", "infrastructure", "annotations", SCHEME);
        if (scheme !== "internal")
          report(`Gateway ${name} is ${String(scheme ?? "not marked as internal")}; ${instead}`);
      }
      if (type === "kubernetes:core/v1:Service" && at(props, "spec", "type") === "LoadBalancer") {
        const scheme = at(props, "metadata", "annotations", SCHEME);
        if (scheme !== "internal")
          report(`Service ${name} has a load balancer that is not marked as internal; ${instead}`);
      }
    },
  });

/** A public gateway requires authentication, also if it is allowed by name. */
export const authenticatedGateway: StackValidationPolicy = mandatory({
  name: "authenticated-gateway",
  description: "A gateway with a public address accepts only requests with a token.",
  validateStack: ({ resources }, report) => {
    const guarded = resources
      .filter(({ type }) => type === "kubernetes:security.istio.io/v1:AuthorizationPolicy")
      .filter(({ props }) => at(props, "spec", "action") === "DENY")
      .flatMap(({ props }) => list(at(props, "spec", "targetRefs")).map((target) => at(target, "name")));
    for (const { props, urn } of resources.filter(({ type }) => type === GATEWAY)) {
      const name = at(props, "metadata", "name");
      const scheme = at(props, "spec", "infrastructure", "annotations", SCHEME);
      if (scheme === "internet-facing" && !guarded.includes(name))
        report(`Gateway ${String(name)} is internet-facing and no policy requires a token; set gateway.jwt`, urn);
    }
  },
});
