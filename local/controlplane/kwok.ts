import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";

/** The annotation with who simulates a pod: KWOK simulates pods with the value "kwok". The agent ignores pods with any value. */
export const SIMULATED_BY = "llmd.local/played-by";

interface Stage {
  metadata: { name: string };
  spec: {
    resourceRef: { apiGroup: string; kind: string };
    selector?: { matchExpressions?: { key: string; operator: string; values?: string[] }[] };
  };
}

/**
 * KWOK's stages for nodes and pods. The pod stages get one more condition: KWOK simulates only pods that the node agent has
 * handed to it, so the two never write the status of the same pod.
 *
 * @param folder the folder with the stages of the pinned KWOK module
 * @returns the text of KWOK's configuration file
 */
export function kwokConfiguration(folder: string): string {
  const stages = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && path.basename(name) !== "kustomization.yaml")
    .sort()
    .flatMap((name) => parseAllDocuments(fs.readFileSync(path.join(folder, name), "utf8")))
    .map((document) => document.toJS() as Stage);
  for (const stage of stages.filter((candidate) => candidate.spec.resourceRef.kind === "Pod")) {
    stage.spec.selector = {
      ...stage.spec.selector,
      matchExpressions: [
        ...(stage.spec.selector?.matchExpressions ?? []),
        { key: `.metadata.annotations["${SIMULATED_BY}"]`, operator: "In", values: ["kwok"] },
      ],
    };
  }
  return stages.map((stage) => stringify(stage)).join("---\n");
}
