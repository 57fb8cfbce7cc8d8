import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Toolchain } from "./toolchain";
import { DEFAULT_LANE, LANES } from "../stacks/versions";

/** Charts that only platform eks installs. Each fake has one workload, with the real one's kind and name. */
const FAKE_CHARTS = {
  "aws-load-balancer-controller": "Deployment",
  "aws-efa-k8s-device-plugin": "DaemonSet",
} as const;

function workload(kind: string, name: string): object {
  const labels = { "app.kubernetes.io/name": name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "kube-system", labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: `stand-in/${name}` }] } },
    },
  };
}

/** The load balancer controller's CRD, without its schema. */
function targetGroupBindings(): object {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "targetgroupbindings.elbv2.k8s.aws" },
    spec: {
      group: "elbv2.k8s.aws",
      scope: "Namespaced",
      names: {
        kind: "TargetGroupBinding",
        listKind: "TargetGroupBindingList",
        plural: "targetgroupbindings",
        singular: "targetgroupbinding",
      },
      versions: [{ name: "v1beta1", served: true, storage: true, schema }],
    },
  };
}

/** Copies the toolchain's mirror, and adds fakes for the charts and CRDs of platform eks, which no Go module carries. */
export function eksMirror(toolchain: Toolchain, folder: string): string {
  fs.cpSync(toolchain.mirror, folder, { recursive: true });
  const { charts, crds } = LANES[DEFAULT_LANE];
  for (const [name, kind] of Object.entries(FAKE_CHARTS) as [keyof typeof FAKE_CHARTS, string][]) {
    const chart = path.join(folder, name);
    fs.mkdirSync(path.join(chart, "templates"), { recursive: true });
    const { version } = charts[name];
    fs.writeFileSync(path.join(chart, "Chart.yaml"), stringify({ apiVersion: "v2", name, version }));
    fs.writeFileSync(path.join(chart, "values.yaml"), "");
    fs.writeFileSync(path.join(chart, "templates", "workload.yaml"), stringify(workload(kind, name)));
  }
  const bundle = "aws-load-balancer-controller-crds";
  fs.writeFileSync(path.join(folder, `${bundle}-${crds[bundle].version}.yaml`), stringify(targetGroupBindings()));
  return folder;
}
