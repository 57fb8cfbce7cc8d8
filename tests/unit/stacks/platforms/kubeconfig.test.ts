import * as assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { minifyKubeconfig } from "../../../../stacks/platforms/kubeconfig";

const FILE = "/home/me/.kube/config";
const kubeconfig = stringify({
  contexts: [
    { name: "prod", context: { cluster: "p", user: "me", namespace: "x" } },
    { name: "other", context: { cluster: "o", user: "them" } },
    { name: "broken", context: { cluster: "gone", user: "me" } },
  ],
  clusters: [
    { name: "p", cluster: { server: "https://p", "certificate-authority": "ca/p.crt" } },
    { name: "o", cluster: { server: "https://o" } },
  ],
  users: [
    { name: "me", user: { "client-key": "/keys/me", exec: { command: "aws" } } },
    { name: "them", user: { token: "theirs" } },
  ],
  "current-context": "other",
});

describe("the kubeconfig in the stack's state", () => {
  it("has only the configured context, with its cluster and user", () => {
    assert.deepEqual(parse(minifyKubeconfig(kubeconfig, FILE, "prod")), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "p", cluster: { server: "https://p", "certificate-authority": "/home/me/.kube/ca/p.crt" } }],
      users: [{ name: "me", user: { "client-key": "/keys/me", exec: { command: "aws" } } }],
      contexts: [{ name: "prod", context: { cluster: "p", user: "me", namespace: "x" } }],
      "current-context": "prod",
    });
  });

  it("has the current context when none is configured", () => {
    assert.equal((parse(minifyKubeconfig(kubeconfig, FILE)) as Record<string, string>)["current-context"], "other");
  });

  it("is refused without the context or cluster, and the error lists the existing ones", () => {
    assert.throws(() => minifyKubeconfig(kubeconfig, FILE, "dev"), {
      message: `${FILE} has no context "dev"; it has prod, other, broken`,
    });
    assert.throws(() => minifyKubeconfig(kubeconfig, FILE, "broken"), {
      message: `${FILE} has no cluster "gone"; it has p, o`,
    });
    assert.throws(() => minifyKubeconfig("", FILE), { message: `${FILE} has no context ""; it has none` });
  });
});
