import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Which tokens are let in. */
export interface JwtSettings {
  /** The `iss` that tokens have to carry. */
  readonly issuer: string;
  /** The `aud` of which tokens have to carry one. */
  readonly audiences: readonly string[];
  /** Where istiod fetches the issuer's public keys; or `jwks`. */
  readonly jwksUri?: string;
  /** The issuer's public keys. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** Claims that tokens have to carry with one of the values. */
  readonly requiredClaims: Readonly<Record<string, readonly string[]>>;
  /** The `sub` of tokens that are refused all the same. */
  readonly revokedSubjects: readonly string[];
}

/** How many requests are let in. */
export interface RateLimitSettings {
  /** By each replica of the gateway. */
  readonly requestsPerSecond: number;
  /** At once, after a quiet time; `requestsPerSecond` when undefined. */
  readonly burst?: number;
}

/** Arguments of what stands between the gateway's listener and its routes. */
export interface GatewayAccessArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Gateway, which need not exist yet: the rules had better be there before it. */
  readonly gatewayName: string;
  readonly jwt?: JwtSettings;
  readonly rateLimit?: RateLimitSettings;
}

/** A rule of an AuthorizationPolicy. */
type DenyRule = Readonly<Record<string, unknown>>;

/** Who is let in by the gateway, and how much of it. Istio gives these rules to the gateway's Envoy. */
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
      // What is denied stays denied, whatever other policies allow: a policy that allows would be widened by the next.
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

/** The tokens that Envoy accepts. The token is not passed on to the model servers, which have no use for it. */
export function jwtRule(jwt: JwtSettings): Record<string, unknown> {
  return {
    issuer: jwt.issuer,
    audiences: [...jwt.audiences],
    ...(jwt.jwks === undefined ? { jwksUri: jwt.jwksUri } : { jwks: JSON.stringify(jwt.jwks) }),
    forwardOriginalToken: false,
  };
}

/** What is refused with 403; a token that is there and wrong is refused before, with 401. */
export function denyRules(jwt: JwtSettings): DenyRule[] {
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
 * Envoy's local rate limit, in front of the endpoint picker, which would otherwise count requests that no replica gets, and
 * behind authentication, so that strangers cannot use the limit up.
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
          // OpenAI's clients wait so long before they try again.
          response_headers_to_add: [{ header: { key: "retry-after", value: "1" } }],
        },
      },
    },
  };
}
