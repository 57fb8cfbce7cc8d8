import * as assert from "node:assert/strict";
import { denyRules, jwtRule, rateLimitPatch } from "../../../../components/gateway/gatewayAccess";
import { acmAnnotations } from "../../../../components/gateway/gatewayTls";
import { at } from "../../../support/components";

const JWT = { issuer: "llm-d", audiences: ["llm-d"], requiredClaims: {}, revokedSubjects: [] };

describe("who the gateway lets in", () => {
  it("nobody without a token", () => {
    assert.deepEqual(denyRules(JWT), [{ from: [{ source: { notRequestPrincipals: ["*"] } }] }]);
  });

  it("nobody without a required claim, and nobody revoked", () => {
    const rules = denyRules({ ...JWT, requiredClaims: { groups: ["a", "b"] }, revokedSubjects: ["mallory"] });
    assert.deepEqual(rules.slice(1), [
      { when: [{ key: "request.auth.claims[groups]", notValues: ["a", "b"] }] },
      { when: [{ key: "request.auth.claims[sub]", values: ["mallory"] }] },
    ]);
  });

  it("by keys that are given, or fetched; the token goes no further", () => {
    const keys = { keys: [{ kty: "EC" }] };
    assert.deepEqual(jwtRule({ ...JWT, jwks: keys }), {
      issuer: "llm-d",
      audiences: ["llm-d"],
      jwks: '{"keys":[{"kty":"EC"}]}',
      forwardOriginalToken: false,
    });
    assert.equal(
      jwtRule({ ...JWT, jwksUri: "https://login.example.com/jwks" })["jwksUri"],
      "https://login.example.com/jwks",
    );
  });

  it("no more than the limit, counted before the endpoint picker is asked", () => {
    const patch = rateLimitPatch({ requestsPerSecond: 5 });
    assert.equal(at(patch, "patch", "operation"), "INSERT_BEFORE");
    assert.equal(
      at(patch, "match", "listener", "filterChain", "filter", "subFilter", "name"),
      "envoy.filters.http.ext_proc",
    );
    assert.equal(at(patch, "patch", "value", "typed_config", "token_bucket", "max_tokens"), 5);
    const burst = rateLimitPatch({ requestsPerSecond: 5, burst: 50 });
    assert.deepEqual(at(burst, "patch", "value", "typed_config", "token_bucket"), {
      max_tokens: 50,
      tokens_per_fill: 5,
      fill_interval: "1s",
    });
  });

  it("over TLS that AWS's load balancer ends on the gateway's port", () => {
    const annotations = acmAnnotations("arn:aws:acm:us-east-1:123456789012:certificate/1", 8443);
    assert.equal(annotations["service.beta.kubernetes.io/aws-load-balancer-ssl-ports"], "8443");
  });
});
