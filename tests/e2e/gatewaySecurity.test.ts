import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as https from "node:https";
import type { TLSSocket } from "node:tls";
import * as k8s from "@kubernetes/client-node";
import { filled, prometheusOf } from "../../local/dashboards/prometheus";
import { DASHBOARDS } from "../../monitoring/dashboards";
import { makeSigningKey, signToken } from "../../operations/apiKey/apiKey";
import { selfSigned } from "../support/certificate";
import { eventually, startEnvironment, type TestEnvironment } from "../support/environment";

const HOSTNAME = "llm.example.com";

/** Grafana's host name on the gateway. */
const GRAFANA = "grafana.example.com";

/** Requests that are allowed at once. Only the test of the limit sends more. */
const BURST = 20;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string;
  /** Fingerprint of the gateway's certificate. */
  readonly fingerprint: string;
}

describe("a gateway with TLS, tokens, allowed addresses and a limit", function () {
  this.timeout(900_000);
  const { certificate, privateKey } = selfSigned(HOSTNAME, GRAFANA);
  const key = makeSigningKey();
  const stranger = makeSigningKey();
  let environment: TestEnvironment;
  let address: string;
  let model: string;

  /** A token of the issuer, valid for an hour. */
  function token(changes: { subject?: string; audience?: string; expiresAt?: number; groups?: string } = {}): string {
    const now = Math.floor(Date.now() / 1000);
    return signToken(key.privateKey, {
      iss: "llm-d",
      aud: changes.audience ?? "llm-d",
      sub: changes.subject ?? "alice",
      iat: now - 7200,
      exp: changes.expiresAt ?? now + 3600,
      groups: changes.groups ?? "llm-users",
    });
  }

  /** Sends a completion over HTTPS, with the normal check of the certificate. */
  function ask(options: { token?: string; host?: string; from?: string } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: address,
          port: 443,
          servername: options.host === GRAFANA ? GRAFANA : HOSTNAME,
          ca: certificate,
          agent: false,
          localAddress: options.from ?? "127.0.0.1",
          path: "/v1/completions",
          method: "POST",
          timeout: 20_000,
          headers: {
            host: options.host ?? HOSTNAME,
            "content-type": "application/json",
            ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          },
        },
        (response) => {
          const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body,
              fingerprint,
              ...(response.headers["retry-after"] === undefined ? {} : { retryAfter: response.headers["retry-after"] }),
            }),
          );
        },
      );
      request.once("timeout", () => request.destroy(new Error("no answer within 20 s")));
      request.once("error", reject);
      request.end(JSON.stringify({ model, prompt: "Hello", max_tokens: 2 }));
    });
  }

  before(async () => {
    const { kid = "", x = "", y = "" } = key.publicKey as Record<string, string>;
    environment = await startEnvironment({
      "gateway.hostname": HOSTNAME,
      "gateway.exposure": "internet-facing",
      "gateway.tls.mode": "certificate",
      "gateway.tls.certificate": certificate,
      "gateway.jwt.issuer": "llm-d",
      "gateway.jwt.audiences[0]": "llm-d",
      "gateway.jwt.jwks.keys[0].kty": "EC",
      "gateway.jwt.jwks.keys[0].crv": "P-256",
      "gateway.jwt.jwks.keys[0].alg": "ES256",
      "gateway.jwt.jwks.keys[0].kid": kid,
      "gateway.jwt.jwks.keys[0].x": x,
      "gateway.jwt.jwks.keys[0].y": y,
      "gateway.jwt.requiredClaims.groups[0]": "llm-users",
      "gateway.jwt.revokedSubjects[0]": "mallory",
      "gateway.allowedCidrs[0]": "127.0.0.0/28",
      "gateway.rateLimit.requestsPerSecond": "1",
      "gateway.rateLimit.burst": String(BURST),
    });
    await environment.embedded.stack.setConfig("gatewayPrivateKey", { value: privateKey, secret: true });
    await environment.embedded.stack.up({ color: "never" });
    const outputs = await environment.embedded.stack.outputs();
    assert.equal(outputs.gatewayUrl?.value, `https://${HOSTNAME}`);
    assert.match(String(outputs.tryIt?.value), /^curl -sS https:.* -H "Authorization: Bearer \$TOKEN"/);
    address = String(outputs.gatewayAddress?.value);
    model = String((outputs.models?.value as string[])[0]);
    await eventually(
      "an answer over HTTPS",
      60_000,
      () => ask({ token: token() }).catch((error: unknown) => ({ status: 0, body: String(error) })),
      ({ status }) => status === 200,
    );
  });

  after(async function () {
    await environment?.stop(this.test?.parent?.tests.some(({ state }) => state === "failed") ?? true);
  });

  it("answers 200 to a valid token, with the configured certificate", async () => {
    const answer = await ask({ token: token() });
    assert.equal(answer.status, 200, answer.body);
    assert.equal(answer.fingerprint, new X509Certificate(certificate).fingerprint256);
  });

  it("keeps the private key encrypted in the settings and in the state", async () => {
    const settings = environment.state.read("workspace/Pulumi.local.yaml") ?? "";
    assert.match(settings, /llm-d:gatewayPrivateKey:\n\s+secure:/);
    const state = JSON.stringify(await environment.embedded.stack.exportStack());
    const line = privateKey.split("\n")[1] ?? "";
    assert.ok(!state.includes(line) && !state.includes(Buffer.from(line).toString("base64").slice(4, 40)));
  });

  it("answers 403 to a request without a token", async () => {
    assert.equal((await ask()).status, 403);
  });

  it("answers 401 to an expired token, a token with another key, and a text that is no token", async () => {
    const old = Math.floor(Date.now() / 1000) - 3600;
    const forged = signToken(stranger.privateKey, {
      iss: "llm-d",
      aud: "llm-d",
      sub: "alice",
      iat: old,
      exp: old + 7200,
    });
    for (const wrong of [token({ expiresAt: old }), forged, "nonsense"]) {
      assert.equal((await ask({ token: wrong })).status, 401);
    }
  });

  it("answers 403 to a token with another audience, without the required claim, or of a revoked subject", async () => {
    assert.equal((await ask({ token: token({ audience: "another" }) })).status, 403);
    assert.equal((await ask({ token: token({ groups: "guests" }) })).status, 403);
    assert.equal((await ask({ token: token({ subject: "mallory" }) })).status, 403);
  });

  it("answers 404 to another host name", async () => {
    assert.equal((await ask({ token: token(), host: "other.example.com" })).status, 404);
  });

  it("gives no answer to an address that is not allowed", async () => {
    await assert.rejects(ask({ token: token(), from: "127.0.0.77" }), /ECONNRESET|socket hang up|disconnected/);
  });

  it("answers 429 above the rate limit, and requests without a token do not count", async () => {
    const refused = await Promise.all(Array.from({ length: 2 * BURST }, () => ask()));
    assert.ok(refused.every(({ status }) => status === 403));
    const answers = await Promise.all(Array.from({ length: 3 * BURST }, () => ask({ token: token() })));
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    assert.equal(count(200) + count(429), answers.length, answers.map(({ status }) => status).join(" "));
    assert.ok(count(200) >= 5 && count(429) >= BURST, `${count(200)} answered, ${count(429)} refused`);
    assert.equal(answers.find(({ status }) => status === 429)?.retryAfter, "1");
  });

  it("has TLS metrics in Prometheus for the panels about handshakes and the end of certificates", async () => {
    const prometheus = prometheusOf(await environment.status()) ?? assert.fail("Prometheus does not run");
    const panels = DASHBOARDS.flatMap(({ spec }) => spec.rows.flatMap(({ panels: all }) => all));
    const first = (title: string): Promise<number> => {
      const [query] = panels.find((panel) => panel.title === title)?.queries ?? [];
      return prometheus.query(filled(query?.expr ?? "")).then(([sample]) => Number(sample?.value[1]));
    };
    await eventually(
      "there are handshakes",
      90_000,
      async () => {
        await ask({ token: token() });
        return first("TLS handshakes");
      },
      (rate) => rate > 0,
    );
    const end = Date.parse(new X509Certificate(certificate).validTo);
    const left = await first("Certificates of listeners end in");
    assert.ok(Math.abs(left - (end - Date.now()) / 1000) < 60, `${left} s left of a certificate until ${end}`);
    const failed = await prometheus.query("sum(envoy_listener_ssl_connection_error)");
    assert.equal(failed.length, 1);
  });

  it("shows no change in a preview after the up", async () => {
    const changed: string[] = [];
    await environment.embedded.stack.preview({
      color: "never",
      onEvent: ({ resourcePreEvent }) => {
        const { op = "same", urn = "", diffs = [] } = resourcePreEvent?.metadata ?? {};
        if (op !== "same") changed.push(`${op} ${urn.split("::").slice(2).join(" ")}: ${(diffs ?? []).join(", ")}`);
      },
    });
    assert.deepEqual(changed, []);
  });

  it("serves Grafana under its own host name when no token is required, and models under theirs", async () => {
    const { stack } = environment.embedded;
    for (const key of ["gateway.jwt", "gateway.rateLimit"]) await stack.removeConfig(key, true);
    const changes = { "gateway.exposure": "internal", "monitoring.grafana.exposure": "gateway" };
    for (const [key, value] of Object.entries({ ...changes, "monitoring.grafana.hostname": GRAFANA })) {
      await stack.setConfig(key, { value }, true);
    }
    await stack.up({ color: "never" });
    const outputs = await stack.outputs();
    assert.equal(outputs.grafanaUrl?.value, `https://${GRAFANA}`);
    // istiod accepted the route, and its Service in another namespace exists and is allowed.
    const routes = environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    const { status } = (await routes.getNamespacedCustomObject({
      group: "gateway.networking.k8s.io",
      version: "v1",
      plural: "httproutes",
      namespace: "llm-d",
      name: "grafana",
    })) as { status: { parents: { conditions: { type: string; status: string }[] }[] } };
    const conditions = status.parents[0]?.conditions.map(({ type, status: is }) => `${type} ${is}`).sort();
    assert.deepEqual(conditions, ["Accepted True", "ResolvedRefs True"]);
    // KWOK simulates Grafana's pod, so the gateway routes the request and answers 503.
    const answer = await eventually(
      "the gateway routes Grafana's host name",
      60_000,
      () => ask({ host: GRAFANA }).catch((error: unknown) => ({ status: 0, body: String(error), fingerprint: "" })),
      ({ status: is }) => is === 503,
    );
    assert.equal(answer.fingerprint, new X509Certificate(certificate).fingerprint256);
    await eventually(
      "a model answers without a token",
      60_000,
      () => ask().catch((error: unknown) => ({ status: 0, body: String(error) })),
      ({ status: is }) => is === 200,
    );
  });

  it("makes an Ingress with a certificate for Grafana instead, and removes its host name from the gateway", async () => {
    const { stack } = environment.embedded;
    const changes = { exposure: "ingress", ingressClassName: "nginx", tlsSecretName: "grafana-tls" };
    for (const [key, value] of Object.entries(changes)) {
      await stack.setConfig(`monitoring.grafana.${key}`, { value }, true);
    }
    await stack.up({ color: "never" });
    const outputs = await stack.outputs();
    assert.equal(outputs.grafanaUrl?.value, `https://${GRAFANA}`);
    const { items } = await environment.kubeconfig.makeApiClient(k8s.NetworkingV1Api).listIngressForAllNamespaces();
    const [{ metadata, spec } = {}, ...more] = items;
    assert.deepEqual([metadata?.namespace, more.length], ["llm-d-monitoring", 0]);
    assert.equal(spec?.ingressClassName, "nginx");
    const [tls] = spec?.tls ?? [];
    assert.equal(tls?.secretName, "grafana-tls");
    assert.deepEqual(tls?.hosts, [GRAFANA]);
    const [rule] = spec?.rules ?? [];
    assert.equal(rule?.host, GRAFANA);
    assert.equal(rule?.http?.paths[0]?.backend.service?.name, "kube-prometheus-stack-grafana");
    // The gateway closes the connection or finds no route, because no listener has the host name.
    await eventually(
      "the gateway does not serve Grafana's host name",
      60_000,
      () =>
        ask({ host: GRAFANA }).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 0 || status === 404,
    );
  });
});
