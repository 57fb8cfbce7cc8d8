import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { GatewayConfig } from "./settings";

type JwtSettings = NonNullable<GatewayConfig["jwt"]>;
type RateLimitSettings = NonNullable<GatewayConfig["rateLimit"]>;

/** Arguments of GatewayAccess. */
export interface GatewayAccessArgs extends Pick<GatewayConfig, "jwt" | "rateLimit"> {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Gateway, which may be created later: it must never run without its rules. */
  readonly gatewayName: string;
}

/** The tokens and the rate of requests that the gateway accepts. Istio gives these rules to the gateway's Envoy. */
export class GatewayAccess extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:GatewayAccess", name, args, opts);
    const { namespace, gatewayName, jwt, rateLimit } = args;
    const options = childOptions(this, opts);
    const targetRefs = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: gatewayName }];
    const metadata = (suffix: string) => ({ name: `${gatewayName}-${suffix}`, namespace });

    if (jwt !== undefined) {
      new k8s.apiextensions.CustomResource(
        `${name}-tokens`,
        {
          apiVersion: "security.istio.io/v1",
          kind: "RequestAuthentication",
          metadata: metadata("tokens"),
          spec: { targetRefs, jwtRules: [jwtRule(jwt)] },
        },
        options,
      );
      // DENY and not ALLOW: another policy can widen what is allowed, but cannot allow what is denied.
      new k8s.apiextensions.CustomResource(
        `${name}-require-token`,
        {
          apiVersion: "security.istio.io/v1",
          kind: "AuthorizationPolicy",
          metadata: metadata("require-token"),
          spec: { targetRefs, action: "DENY", rules: denyRules(jwt) },
        },
        options,
      );
    }
    if (rateLimit !== undefined) {
      new k8s.apiextensions.CustomResource(
        `${name}-rate-limit`,
        {
          apiVersion: "networking.istio.io/v1alpha3",
          kind: "EnvoyFilter",
          metadata: metadata("rate-limit"),
          spec: { targetRefs, configPatches: [rateLimitPatch(rateLimit)] },
        },
        options,
      );
    }
    this.registerOutputs();
  }
}

/** The tokens that Envoy accepts. The token is not forwarded to the model servers, which do not use it. */
export function jwtRule(jwt: JwtSettings): Record<string, unknown> {
  return {
    issuer: jwt.issuer,
    audiences: [...jwt.audiences],
    ...(jwt.jwks === undefined ? { jwksUri: jwt.jwksUri } : { jwks: JSON.stringify(jwt.jwks) }),
    forwardOriginalToken: false,
  };
}

/** Requests that get 403. Envoy answers 401 to an invalid token before. */
export function denyRules(jwt: JwtSettings): Readonly<Record<string, unknown>>[] {
  const claims = Object.entries(jwt.requiredClaims).map(([claim, values]) => ({
    when: [{ key: `request.auth.claims[${claim}]`, notValues: [...values] }],
  }));
  const revoked =
    jwt.revokedSubjects.length === 0
      ? []
      : [{ when: [{ key: "request.auth.claims[sub]", values: [...jwt.revokedSubjects] }] }];
  return [{ from: [{ source: { notRequestPrincipals: ["*"] } }] }, ...claims, ...revoked];
}

/**
 * Envoy's local rate limit. It comes before the endpoint picker, which would otherwise count requests that no replica gets. It comes
 * after authentication, so that requests without a valid token do not use up the limit.
 */
export function rateLimitPatch({ requestsPerSecond, burst }: RateLimitSettings): Record<string, unknown> {
  const all = { numerator: 100, denominator: "HUNDRED" };
  return {
    applyTo: "HTTP_FILTER",
    match: {
      context: "GATEWAY",
      listener: {
        filterChain: {
          filter: {
            name: "envoy.filters.network.http_connection_manager",
            subFilter: { name: "envoy.filters.http.ext_proc" },
          },
        },
      },
    },
    patch: {
      operation: "INSERT_BEFORE",
      value: {
        name: "envoy.filters.http.local_ratelimit",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
          stat_prefix: "gateway_rate_limit",
          token_bucket: {
            max_tokens: burst ?? requestsPerSecond,
            tokens_per_fill: requestsPerSecond,
            fill_interval: "1s",
          },
          filter_enabled: { default_value: all },
          filter_enforced: { default_value: all },
          // OpenAI's clients wait for this time before they try again.
          response_headers_to_add: [{ header: { key: "retry-after", value: "1" } }],
        },
      },
    },
  };
}
