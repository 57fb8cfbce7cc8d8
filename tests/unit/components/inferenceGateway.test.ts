import * as assert from "node:assert/strict";
import { exposureAnnotations, gatewayUrl } from "../../../components/gateway/inferenceGateway";

describe("the gateway's URL", () => {
  const name = "gateway";

  it("is the address, with the port where it is not 80", () => {
    assert.equal(gatewayUrl("10.0.0.1", { name, port: 80 }), "http://10.0.0.1");
    assert.equal(gatewayUrl("lb.example.com", { name, port: 8080 }), "http://lb.example.com:8080");
    assert.equal(gatewayUrl("2001:db8::1", { name, port: 80 }), "http://[2001:db8::1]");
  });

  it("is the host name where one is set, unless that is a wildcard", () => {
    assert.equal(gatewayUrl("10.0.0.1", { name, port: 80, hostname: "llm.example.com" }), "http://llm.example.com");
    assert.equal(gatewayUrl("10.0.0.1", { name, port: 80, hostname: "*.example.com" }), "http://10.0.0.1");
  });

  it("is an error without an address", () => {
    assert.throws(() => gatewayUrl(undefined, { name, port: 80 }), /Gateway gateway is programmed but has no address/);
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
});
