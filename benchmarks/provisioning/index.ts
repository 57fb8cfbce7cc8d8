import { EmbeddedInstance } from "../../local/instance";
import type { ProvisioningRow } from "../results";
import { DELAYS_IN_WORDS, delayPods } from "./delays";
import { longestPath, sequential, type StateResource, Timeline } from "./timeline";

/** A stack's settings with so many models; the first is the local stack's own. */
export function settingsFor(models: number): Record<string, string> {
  const settings: Record<string, string> = { "models[0].replicas": "1" };
  for (let number = 1; number < models; number++) {
    settings[`models[${number}].id`] = `m${number}`;
    settings[`models[${number}].name`] = `example/model-${number}`;
    settings[`models[${number}].replicas`] = "1";
  }
  // From two models on each has an id.
  if (models > 1) settings["models[0].id"] = "m0";
  return settings;
}

const PHASES = ["up", "preview", "update", "destroy"] as const;

export interface ProvisioningOptions {
  readonly short: boolean;
  readonly log: (line: string) => void;
  /** Told of the rows so far, after each environment: a run that is ended early keeps them. */
  readonly onRows: (rows: readonly ProvisioningRow[]) => void;
}

/** With pods that take as long as elsewhere: up from nothing, no-change preview, one changed value and destroy, for each number of models. */
export async function benchmarkProvisioning({ short, log, onRows }: ProvisioningOptions): Promise<void> {
  const rows: ProvisioningRow[] = [];
  log(`  seconds that pods are made to take: ${DELAYS_IN_WORDS}`);
  for (const models of short ? [1] : [1, 4, 16]) {
    let environment = await EmbeddedInstance.start(settingsFor(models));
    const delays = await delayPods(environment.kubeconfig);
    let failed = true;
    try {
      for (const phase of PHASES) {
        if (phase === "update") {
          environment = await environment.reopen({ ...settingsFor(models), "endpointPicker.logVerbosity": "2" });
        }
        const row = await runPhase(environment, phase, models);
        rows.push(row);
        log(
          `  ${models} models, ${phase}: ${row.wallS.toFixed(1)} s; longest path ${row.longestPathS.toFixed(1)} s, ` +
            `one after the other ${row.sequentialS.toFixed(1)} s`,
        );
      }
      failed = false;
      onRows(rows);
    } finally {
      await delays.stop();
      await environment.stop(failed);
    }
  }
}

async function runPhase(
  { embedded }: EmbeddedInstance,
  phase: ProvisioningRow["phase"],
  models: number,
): Promise<ProvisioningRow> {
  const { stack } = embedded;
  const timeline = new Timeline();
  const { onEvent } = timeline;
  const resources = async (): Promise<StateResource[]> => {
    const { deployment } = (await stack.exportStack()) as { deployment: { resources?: StateResource[] } };
    return deployment.resources ?? [];
  };
  const before = await resources();
  const began = performance.now();
  if (phase === "preview") await stack.preview({ onEvent, color: "never" });
  else if (phase === "destroy") await stack.destroy({ onEvent, color: "never" });
  else await stack.up({ onEvent, color: "never" });
  const wallS = (performance.now() - began) / 1000;
  const steps = timeline.steps(phase === "destroy" ? before : await resources(), phase === "destroy");
  const path = longestPath(steps);
  return {
    phase,
    models,
    wallS,
    longestPathS: path.seconds,
    sequentialS: sequential(steps),
    longestPath: path.urns
      .filter((urn) => (steps.find((step) => step.urn === urn)?.seconds ?? 0) > 0)
      .map((urn) => urn.split("::").slice(-2).join(" ").split("$").at(-1) ?? urn),
  };
}
