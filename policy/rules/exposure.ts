import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Allowances } from "../allowances";
import { at, list, stackOf } from "./support";

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";

/** The API server of a cluster is not reachable from the internet, unless the cluster is allowed by name. */
export const privateClusterEndpoint = ({ publicClusters }: Allowances): ResourceValidationPolicy => ({
  name: "private-cluster-endpoint",
  description: "The API server of a cluster answers inside its network only, unless the cluster is allowed by name.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (type !== "aws:eks/cluster:Cluster" || publicClusters.includes(name)) return;
    // What is left out is public: that is what EKS makes of it.
    if (at(props, "vpcConfig", "endpointPublicAccess") !== false) {
      report(`${name} has a public endpoint; set aws.cluster.endpoint.public to false, or allow ${name} by name`);
    }
  },
});

/** A gateway has no public address, unless it is allowed by name. */
export const privateGateway = ({ publicGateways }: Allowances): ResourceValidationPolicy => ({
  name: "private-gateway",
  description: "Gateways and load balancers have an address of the network only, unless they are allowed by name.",
  enforcementLevel: "mandatory",
  validateResource: (args, report) => {
    const name = String(at(args.props, "metadata", "name") ?? args.name);
    if (publicGateways.includes(`${stackOf(args)}/${name}`)) return;
    const instead = `make it internal, or allow ${stackOf(args)}/${name} by name`;
    if (args.type === "kubernetes:gateway.networking.k8s.io/v1:Gateway") {
      const scheme = at(args.props, "spec", "infrastructure", "annotations", SCHEME);
      if (scheme !== "internal")
        report(`Gateway ${name} is ${String(scheme ?? "not said to be internal")}; ${instead}`);
    }
    if (args.type === "kubernetes:core/v1:Service" && at(args.props, "spec", "type") === "LoadBalancer") {
      const scheme = at(args.props, "metadata", "annotations", SCHEME);
      if (scheme !== "internal")
        report(`Service ${name} has a load balancer that is not said to be internal; ${instead}`);
    }
  },
});

/** Whoever may reach a public gateway has to authenticate, allowed by name or not. */
export const authenticatedGateway: StackValidationPolicy = {
  name: "authenticated-gateway",
  description: "A gateway with a public address lets in only who shows a token.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const guarded = new Set(
      resources
        .filter(
          ({ type, props }) =>
            type === "kubernetes:security.istio.io/v1:AuthorizationPolicy" && at(props, "spec", "action") === "DENY",
        )
        .flatMap(({ props }) => list(at(props, "spec", "targetRefs")).map((target) => at(target, "name"))),
    );
    for (const { type, props, urn } of resources) {
      if (type !== "kubernetes:gateway.networking.k8s.io/v1:Gateway") continue;
      const name = at(props, "metadata", "name");
      if (at(props, "spec", "infrastructure", "annotations", SCHEME) === "internet-facing" && !guarded.has(name)) {
        report(`Gateway ${String(name)} is internet-facing and no policy asks for a token; set gateway.jwt`, urn);
      }
    }
  },
};
