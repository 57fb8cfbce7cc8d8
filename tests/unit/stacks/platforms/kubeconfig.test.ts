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

describe("the kubeconfig that goes into the state", () => {
  it("has the wanted context and what that needs, nothing of the other clusters", () => {
    assert.deepEqual(parse(minifyKubeconfig(kubeconfig, FILE, "prod")), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "p", cluster: { server: "https://p", "certificate-authority": "/home/me/.kube/ca/p.crt" } }],
      users: [{ name: "me", user: { "client-key": "/keys/me", exec: { command: "aws" } } }],
      contexts: [{ name: "prod", context: { cluster: "p", user: "me", namespace: "x" } }],
      "current-context": "prod",
    });
  });

  it("has the current context when none is named", () => {
    assert.equal((parse(minifyKubeconfig(kubeconfig, FILE)) as Record<string, string>)["current-context"], "other");
  });

  it("names what there is when something is not", () => {
    assert.throws(() => minifyKubeconfig(kubeconfig, FILE, "dev"), {
      message: `${FILE} has no context "dev"; it has prod, other, broken`,
    });
    assert.throws(() => minifyKubeconfig(kubeconfig, FILE, "broken"), {
      message: `${FILE} has no cluster "gone"; it has p, o`,
    });
    assert.throws(() => minifyKubeconfig("", FILE), { message: `${FILE} has no context ""; it has none` });
  });
});
