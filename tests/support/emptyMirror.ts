import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { CHART_NAMES, CRD_BUNDLE_NAMES, LANES } from "../../stacks/versions";
import { crdManifest } from "./components";

/** Makes a folder for `charts.mirror` with empty charts, and one CRD in each bundle. Its user removes it. */
export function emptyMirror(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-mirror-"));
  const { charts, crds } = LANES["istio-1.27"];
  for (const name of CHART_NAMES) {
    fs.mkdirSync(path.join(folder, name));
    fs.writeFileSync(path.join(folder, name, "Chart.yaml"), stringify({ name, version: charts[name].version }));
  }
  for (const name of CRD_BUNDLE_NAMES) {
    const definition = { kind: "CustomResourceDefinition", ...crdManifest(`things.${name}.example.com`) };
    fs.writeFileSync(path.join(folder, `${name}-${crds[name].version}.yaml`), stringify(definition));
  }
  return folder;
}
