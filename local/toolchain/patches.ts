import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "./errors";
import { copyTree } from "./files";

/** One change of a file of a required module: `find`, or the text from `from` up to and without `to`; each once in it. */
export type Edit =
  | { readonly find: string; readonly replace: string }
  | { readonly from: string; readonly to: string; readonly replace: string };

/** A change of a pinned version, made while building and never in the module cache. */
export interface Patch {
  readonly module: string;
  /** The file's path in the module. */
  readonly file: string;
  /** What is wrong, and where it is mended upstream. */
  readonly why: string;
  readonly edits: readonly Edit[];
}

/** Go files that are left out of a program while building: all of a folder but some. */
export interface Omission {
  readonly module: string;
  /** The folder's path in the module; those below it stay. */
  readonly folder: string;
  readonly keep: readonly string[];
}

export type Change = Patch | Omission;

/**
 * Waiting for a deletion starts a watch and asks for the object once, side by side. When the object goes after the answer
 * but before the watch, the deletion is never seen, and `pulumi destroy` stands still until its time is out: ten minutes
 * (pulumi-kubernetes #3317, mended upstream by #3550 and #3688, in the versions that package.json asks for). The only
 * version of the provider that can be built from a Go module is older, so here the question is asked again each half
 * second.
 */
export const PROVIDER_PATCHES: readonly Patch[] = [
  {
    module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    file: "pkg/await/condition/deleted.go",
    why: "a deletion between the first GET and the watch is never seen (pulumi-kubernetes #3317)",
    edits: [
      { find: '\t"sync/atomic"\n', replace: '\t"sync/atomic"\n\t"time"\n' },
      {
        find: "\twg.Wait()\n",
        replace: [
          "\twatched := make(chan struct{})",
          "\tgo func() { wg.Wait(); close(watched) }()",
          "\tfor watching := true; watching; {",
          "\t\tselect {",
          "\t\tcase <-watched:",
          "\t\t\twatching = false",
          "\t\tcase <-time.After(500 * time.Millisecond):",
          "\t\t\tdc.refreshClusterState()",
          "\t\t\tif dc.deleted.Load() {",
          "\t\t\t\treturn",
          "\t\t\t}",
          "\t\t}",
          "\t}",
          "",
        ].join("\n"),
      },
    ],
  },
];

/** Service discoveries of clouds and registries that no environment has. Kubernetes', files' and HTTP's stay. */
const UNUSED_DISCOVERIES = [
  ...["aws", "azure", "consul", "digitalocean", "dns", "eureka", "gce", "hetzner", "ionos", "linode", "marathon"],
  ...["moby", "nomad", "openstack", "ovhcloud", "puppetdb", "scaleway", "stackit", "triton", "uyuni", "vultr"],
  ...["xds", "zookeeper"],
];

/**
 * One module builds Prometheus and its operator, so that what they share is compiled once.
 *
 * Prometheus is built without the service discoveries that an embedded environment cannot use: their client libraries
 * are half of what there is to compile. This is the list that its own `make plugins` writes; there are no build tags for it.
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
    // What the operator's own init() sets for all of its process.
    edits: [
      { find: "rulefmt.Parse(content, false)", replace: "rulefmt.Parse(content, false, model.LegacyValidation)" },
    ],
  },
];

/** The text with its edits made. @throws ToolchainError when one does not fit, as after a change of the pinned version. */
export function applyEdits(text: string, patch: Patch): string {
  return patch.edits.reduce((current, edit) => {
    const marks = "find" in edit ? [edit.find] : [edit.from, edit.to];
    const missing = marks.find((mark) => current.split(mark).length !== 2);
    if (missing !== undefined) {
      throw new ToolchainError(
        `the patch of ${patch.module} ${patch.file} does not fit the pinned version: ${JSON.stringify(missing)} is not in ` +
          `it exactly once. If that version has the fault no more (${patch.why}), remove the patch from patches.ts.`,
      );
    }
    if ("find" in edit) return current.replace(edit.find, () => edit.replace);
    return current.slice(0, current.indexOf(edit.from)) + edit.replace + current.slice(current.indexOf(edit.to));
  }, text);
}

/** Removes the Go files of a folder that are not kept. @throws ToolchainError when one that is kept is not there. */
function omit(copy: string, { module, folder, keep }: Omission): void {
  const all = path.join(copy, folder);
  for (const file of keep) {
    if (!fs.existsSync(path.join(all, file)))
      throw new ToolchainError(`${module} has no ${folder}/${file} in the pinned version; say anew what is kept of it`);
  }
  for (const file of fs.readdirSync(all).filter((name) => name.endsWith(".go") && !keep.includes(name))) {
    fs.rmSync(path.join(all, file));
  }
}

/**
 * Copies the modules to be patched, makes the edits in the copies, and lets a go.mod take the copies instead. (An overlay
 * would be less to copy, but go refuses one for files of its module cache.)
 *
 * @param folder the folder with the go.mod, which is changed
 * @param scratch folder for the copies
 * @param locate the folder of a module in the module cache
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
