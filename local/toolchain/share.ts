import * as fs from "node:fs";
import * as path from "node:path";
import type { Sources } from "./charts";

/** Data files that the programs are run with, by their place under `share/`. */
function sharedFiles(sources: Sources): Record<string, string> {
  const stages = path.join(sources.kwok, "kustomize", "stage");
  return {
    // The template of the bootstrap configuration that pilot-agent writes for Envoy.
    "istio/envoy_bootstrap.json": path.join(sources.istio, "tools", "packaging", "common", "envoy_bootstrap.json"),
    // What KWOK does with nodes and with the pods that it plays.
    "kwok/stages/node-initialize.yaml": path.join(stages, "node", "fast", "node-initialize.yaml"),
    "kwok/stages/node-heartbeat-with-lease.yaml": path.join(
      stages,
      "node",
      "heartbeat-with-lease",
      "node-heartbeat-with-lease.yaml",
    ),
    "kwok/stages/pod-ready.yaml": path.join(stages, "pod", "fast", "pod-ready.yaml"),
    "kwok/stages/pod-complete.yaml": path.join(stages, "pod", "fast", "pod-complete.yaml"),
    "kwok/stages/pod-delete.yaml": path.join(stages, "pod", "fast", "pod-delete.yaml"),
  };
}

/** Copies the data files under a folder. */
export function stageShare(share: string, sources: Sources): void {
  for (const [place, source] of Object.entries(sharedFiles(sources))) {
    const target = path.join(share, place);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, fs.readFileSync(source));
  }
}
