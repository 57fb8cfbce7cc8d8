import * as assert from "node:assert/strict";
import { NETWORK_LOAD_BALANCER_ANNOTATIONS } from "../../../../stacks/platforms/eks/resources/loadBalancerController";
import { acmAnnotations } from "../../../../components/gateway/gatewayTls";
import { exposureAnnotations, gatewayUrl } from "../../../../components/gateway/inferenceGateway";

describe("the gateway's URL", () => {
  it("is the address, with the port where it is not the usual one", () => {
    assert.equal(gatewayUrl("10.0.0.1", { port: 80, tls: false }), "http://10.0.0.1");
    assert.equal(gatewayUrl("lb.example.com", { port: 8080, tls: false }), "http://lb.example.com:8080");
    assert.equal(gatewayUrl("2001:db8::1", { port: 80, tls: false }), "http://[2001:db8::1]");
    assert.equal(gatewayUrl("10.0.0.1", { port: 443, tls: false }), "http://10.0.0.1:443");
  });

  it("is the host name where one is set, and https with TLS", () => {
    const hostname = "llm.example.com";
    assert.equal(gatewayUrl("10.0.0.1", { port: 80, tls: false, hostname }), "http://llm.example.com");
    assert.equal(gatewayUrl("10.0.0.1", { port: 443, tls: true, hostname }), "https://llm.example.com");
    assert.equal(gatewayUrl("10.0.0.1", { port: 8443, tls: true, hostname }), "https://llm.example.com:8443");
  });
});

describe("exposure of the gateway", () => {
  it("is said to each cloud in its own words", () => {
    assert.deepEqual(exposureAnnotations("internal"), {
      "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
      "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
      "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
      "networking.gke.io/load-balancer-type": "Internal",
    });
    assert.deepEqual(exposureAnnotations("internet-facing"), {
      "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
      "service.beta.kubernetes.io/azure-load-balancer-internal": "false",
    });
  });

  it("fits beside what a load balancer with a certificate of its own needs, in the eight that a Gateway takes", () => {
    const acm = acmAnnotations("arn:aws:acm:us-east-1:123456789012:certificate/c", 443);
    for (const exposure of ["internal", "internet-facing"] as const) {
      const onAws = { ...exposureAnnotations(exposure, "aws"), ...NETWORK_LOAD_BALANCER_ANNOTATIONS, ...acm };
      assert.ok(Object.keys(onAws).length <= 8, Object.keys(onAws).join(", "));
      const elsewhere = { ...exposureAnnotations(exposure), ...acm };
      assert.ok(Object.keys(elsewhere).length <= 8, Object.keys(elsewhere).join(", "));
    }
  });
});
