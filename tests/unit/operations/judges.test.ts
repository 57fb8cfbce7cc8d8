import * as assert from "node:assert/strict";
import { type ArtifactEvidence, judgeArtifact } from "../../../operations/preflight/artifacts";
import { hubRepository, judgeModel, judgeToken } from "../../../operations/preflight/huggingFace";
import { judged } from "../../support/judged";

describe("Hugging Face", () => {
  const model = (status: number, errorCode?: string) => judgeModel("org/model", { status, errorCode });
  judged([
    [
      "valid token",
      () => judgeToken({ answer: { status: 200 }, account: "me", role: "read" }),
      "passed",
      /of me \(read\)/,
    ],
    ["no token", () => judgeToken({}), "failed", /none is set/, /pulumi config set --secret/],
    ["revoked token", () => judgeToken({ answer: { status: 401 } }), "failed", /revoked/, /settings\/tokens/],
    ["an outage", () => judgeToken({ answer: { status: 503 } }), "unknown", /503/],
    ["granted", () => model(200), "passed", /may be downloaded/],
    ["gated", () => model(403, "GatedRepo"), "failed", /not granted/, /huggingface.co\/org\/model/],
    ["gated, no token", () => model(401, "GatedRepo"), "failed", /not granted/],
    ["no such model", () => model(404), "failed", /no such model/, /llm-d:models/],
    ["no such model, told as 401", () => model(401, "RepoNotFound"), "failed", /no such model/],
    ["refused", () => model(403), "failed", /refuses/],
    ["too many requests", () => model(429), "unknown", /too many/],
  ]);

  for (const [uri, repository] of [
    ["hf://meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"],
    ["pvc+hf://weights/org/repo", "org/repo"],
    ["pvc://weights/a/b", undefined],
  ] as const) {
    it(`${uri} comes from ${repository ?? "no repository"}`, () => assert.equal(hubRepository(uri), repository));
  }
});

describe("charts, CRDs and images", () => {
  const reference = { host: "registry.example", repository: "a/b", reference: "v1" };
  const registry = (status: number): ArtifactEvidence => ({ at: "registry", reference, answer: { status } });
  const account: ArtifactEvidence = { at: "registry", reference, answer: { status: 401, wantsAccount: true } };
  const index = { url: "https://r.example/index.yaml", status: 200 };
  judged([
    ["image there", () => judgeArtifact(registry(200)), "passed", /there/],
    ["image not there", () => judgeArtifact(registry(404)), "failed", /registry.example\/a\/b v1/, /llm-d:versions/],
    ["image refused", () => judgeArtifact(registry(403)), "failed", /403/, /private/],
    ["registry limits", () => judgeArtifact(registry(429)), "unknown", /too many/],
    ["registry down", () => judgeArtifact(registry(502)), "unknown", /502/],
    [
      "registry wants an account",
      () => judgeArtifact(account),
      "unknown",
      /wants an account/,
      /docker manifest inspect/,
    ],
    ["file there", () => judgeArtifact({ at: "url", url: "https://x", status: 200 }), "passed", /there/],
    ["part of a file", () => judgeArtifact({ at: "url", url: "https://x", status: 206 }), "passed", /there/],
    ["file not there", () => judgeArtifact({ at: "url", url: "https://x", status: 404 }), "failed", /https:\/\/x/],
    ["version not in index", () => judgeArtifact({ at: "repository", index, known: true }), "failed", /this version/],
    ["chart not in index", () => judgeArtifact({ at: "repository", index, known: false }), "failed", /this chart/],
    ["no index", () => judgeArtifact({ at: "repository", index: { ...index, status: 404 } }), "failed", /index.yaml/],
    ["repository down", () => judgeArtifact({ at: "repository", index: { ...index, status: 500 } }), "unknown", /500/],
    ["on disk", () => judgeArtifact({ at: "disk", path: "/charts/x.tgz" }), "passed", /x.tgz/],
  ]);
});
