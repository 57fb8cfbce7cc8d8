import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "./errors";
import { copyTree } from "./files";

/** Replaces `find`, or the text from `from` up to `to`, which stays. Each of them must occur exactly once in the file. */
export type Edit =
  | { readonly find: string; readonly replace: string }
  | { readonly from: string; readonly to: string; readonly replace: string };

/** A change of a file of a pinned module, made in a copy while building. All of it is part of the cache key, `why` too. */
export interface Patch {
  readonly module: string;
  /** The file's path in the module. */
  readonly file: string;
  /** What is wrong, and where upstream fixes it. */
  readonly why: string;
  readonly edits: readonly Edit[];
}

/** Leaves out the Go files of a folder, except those that are kept. */
export interface Omission {
  readonly module: string;
  /** The folder's path in the module; subfolders stay. */
  readonly folder: string;
  readonly keep: readonly string[];
}

export type Change = Patch | Omission;

const PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** The packages of the components that the provider offers besides resources. The program uses none of them. */
const COMPONENT_PACKAGES = ["yaml/v2", "helm/v4", "kustomize/v2"];

/**
 * The provider is built with the Pulumi of the CLI, which is a later one, so that the packages of both are compiled once, and
 * without its components.
 */
export const PROVIDER_PATCHES: readonly Patch[] = [
  {
    module: PROVIDER,
    file: "pkg/gen/schema.go",
    why: "a package's provider is a pointer in later versions of Pulumi",
    edits: [{ find: "\t\tProvider: pschema.ResourceSpec{\n", replace: "\t\tProvider: &pschema.ResourceSpec{\n" }],
  },
  {
    module: PROVIDER,
    file: "pkg/provider/provider_construct.go",
    why: "components bring the Go SDK of all resources, which is most of what there is to compile",
    edits: [
      ...COMPONENT_PACKAGES.map((name) => ({
        find: `\tprovider${name.replace("/", "")} "${PROVIDER}/pkg/provider/${name}"\n`,
        replace: "",
      })),
      { from: '\t"kubernetes:yaml/v2:ConfigFile":', to: "}\n\n// getResourceProvider returns", replace: "" },
    ],
  },
];

/** Service discoveries that no embedded environment uses. Those of Kubernetes, files and HTTP stay. */
const UNUSED_DISCOVERIES = [
  ...["aws", "azure", "consul", "digitalocean", "dns", "eureka", "gce", "hetzner", "ionos", "linode", "marathon"],
  ...["moby", "nomad", "openstack", "ovhcloud", "puppetdb", "scaleway", "stackit", "triton", "uyuni", "vultr"],
  ...["xds", "zookeeper"],
];

/**
 * One module builds Prometheus and its operator, so that shared packages are compiled once.
 *
 * Prometheus is built without service discoveries that an embedded environment cannot use: their client libraries are
 * half of the code. The patched file is the one that its own `make plugins` writes. There are no build tags for it.
 */
export const PROMETHEUS_PATCHES: readonly Patch[] = [
  {
    module: "github.com/prometheus/prometheus",
    file: "plugins/plugins.go",
    why: "service discoveries of other clouds take half of the build's time",
    edits: UNUSED_DISCOVERIES.map((name) => ({
      find: `\t_ "github.com/prometheus/prometheus/discovery/${name}"\n`,
      replace: "",
    })),
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    file: "pkg/operator/rules.go",
    why: "Prometheus' rule parser takes one argument more than when this version of the operator was made",
    // The operator's own init() sets the same value for its whole process.
    edits: [
      { find: "rulefmt.Parse(content, false)", replace: "rulefmt.Parse(content, false, model.LegacyValidation)" },
    ],
  },
];

/**
 * The text after the edits.
 *
 * @throws ToolchainError when an edit does not fit, for example after a change of the pinned version
 */
export function applyEdits(text: string, patch: Patch): string {
  return patch.edits.reduce((current, edit) => {
    const marks = "find" in edit ? [edit.find] : [edit.from, edit.to];
    const missing = marks.find((mark) => current.split(mark).length !== 2);
    if (missing !== undefined) {
      throw new ToolchainError(
        `the patch of ${patch.module} ${patch.file} does not fit the pinned version: ${JSON.stringify(missing)} is not in ` +
          `it exactly once. If that version no longer has the fault (${patch.why}), remove the patch from patches.ts.`,
      );
    }
    if ("find" in edit) return current.replace(edit.find, () => edit.replace);
    return current.slice(0, current.indexOf(edit.from)) + edit.replace + current.slice(current.indexOf(edit.to));
  }, text);
}

/** @throws ToolchainError when a file that is kept does not exist */
function omit(copy: string, { module, folder, keep }: Omission): void {
  const all = path.join(copy, folder);
  for (const file of keep) {
    if (!fs.existsSync(path.join(all, file)))
      throw new ToolchainError(
        `${module} has no ${folder}/${file} in the pinned version; correct the list of kept files`,
      );
  }
  for (const file of fs.readdirSync(all).filter((name) => name.endsWith(".go") && !keep.includes(name))) {
    fs.rmSync(path.join(all, file));
  }
}

/**
 * Copies the modules that have patches, edits the copies, and adds a replace directive for each to a go.mod. An overlay
 * would need no copies, but go refuses overlays for files of its module cache.
 *
 * @param folder the folder with the go.mod, which is changed
 * @param scratch folder for the copies
 * @param locate finds the folder of a module in the module cache
 */
export async function patchModules(
  patches: readonly Change[],
  folder: string,
  scratch: string,
  locate: (module: string) => Promise<string>,
): Promise<void> {
  const modules = [...new Set(patches.map((patch) => patch.module))];
  for (const [index, module] of modules.entries()) {
    const copy = path.join(scratch, `patched-${index}`);
    copyTree(await locate(module), copy);
    for (const patch of patches.filter((candidate) => candidate.module === module)) {
      if ("keep" in patch) {
        omit(copy, patch);
        continue;
      }
      const file = path.join(copy, patch.file);
      fs.writeFileSync(file, applyEdits(fs.readFileSync(file, "utf8"), patch));
    }
    fs.appendFileSync(path.join(folder, "go.mod"), `\nreplace ${module} => ${JSON.stringify(copy)}\n`);
  }
}
