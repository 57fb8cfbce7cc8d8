import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { FRONT_PROXY, frontProxy } from "../../../local/controlplane/frontProxy";

describe("the API server's certificate for those that answer for it", () => {
  it("is a client's, signed by an authority of its own, and has its key", async () => {
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
