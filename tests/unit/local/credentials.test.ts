import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { FRONT_PROXY, frontProxy } from "../../../local/controlplane/credentials";

describe("the API server's client certificate for aggregated API servers", () => {
  it("is for clients, signed by its own authority, and matches its key", async () => {
    const made = await frontProxy();
    const authority = new X509Certificate(made.authority);
    const certificate = new X509Certificate(made.certificate);
    assert.ok(authority.ca);
    assert.ok(certificate.verify(authority.publicKey));
    assert.equal(certificate.subject, `CN=${FRONT_PROXY}`);
    assert.ok(!certificate.ca);
    // Client authentication.
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(made.privateKey)));
  });
});
