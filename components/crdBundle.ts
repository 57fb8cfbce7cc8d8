import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CrdSource } from "./chartSource";

/** Token of the component that installs plain YAML. */
const CONFIG_GROUP = "kubernetes:yaml/v2:ConfigGroup";
/** Token of the component that installs what a chart renders, each object as a resource of its own. */
const CHART = "kubernetes:helm.sh/v4:Chart";

/**
 * Installs a bundle of custom resource definitions, each as a resource of its own: previews show them one by one, and
 * destroy removes them and with them every object of their kinds.
 *
 * The provider loads the files, during previews too; offline that takes a mirror. Whether a bundle is YAML or a chart
 * changes the parent's type and so the URN of each CRD; the alias keeps that from replacing them, which would delete all
 * objects of their kinds.
 */
export function crdBundle(
  name: string,
  source: CrdSource,
  opts: pulumi.ComponentResourceOptions,
): pulumi.ComponentResource {
  if ("files" in source) {
    const files = [...source.files];
    return new k8s.yaml.v2.ConfigGroup(name, { files }, { ...opts, aliases: [{ type: CHART }] });
  }
  const { chart, version } = source;
  return new k8s.helm.v4.Chart(
    name,
    { chart, version, skipCrds: false },
    { ...opts, aliases: [{ type: CONFIG_GROUP }] },
  );
}

/** The source of a bundle, or an error that names it. */
export function crdSourceOf(sources: { readonly crds: Readonly<Record<string, CrdSource>> }, name: string): CrdSource {
  const source = sources.crds[name];
  if (source === undefined) throw new Error(`no source is known for the CRDs ${name}`);
  return source;
}
