import type { Policy } from "./pools";

const scorer = (type: string, weight: number) => ({ type, weight });

/** A configuration of scorers by weight and a picker, in the form that endpoint picker v1.3.1 reads. */
export function pickerConfig(
  scorers: readonly { readonly type: string; readonly weight: number; readonly parameters?: object }[],
  picker = "max-score-picker",
): object {
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [
      { type: "single-profile-handler" },
      ...scorers.map(({ type, parameters }) => ({ type, ...(parameters === undefined ? {} : { parameters }) })),
      { type: picker },
    ],
    schedulingProfiles: [
      {
        name: "default",
        plugins: [...scorers.map(({ type, weight }) => ({ pluginRef: type, weight })), { pluginRef: picker }],
      },
    ],
  };
}

/** The configuration that this program ships. */
export const OURS: Policy = { name: "ours", id: "ours" };

/** What is compared with it through an endpoint picker. */
export const OTHERS: readonly Policy[] = [
  {
    // `default-plugins.yaml` of the inferencepool chart v1.3.1.
    name: "chart default",
    id: "chart",
    config: pickerConfig([
      scorer("queue-scorer", 2),
      scorer("kv-cache-utilization-scorer", 2),
      scorer("prefix-cache-scorer", 3),
    ]),
  },
  {
    // The source's: the prefix alone.
    name: "prefix only",
    id: "prefix",
    config: pickerConfig([scorer("prefix-cache-scorer", 1)]),
  },
];

/** Without an endpoint picker and without the gateway: to each replica in turn. */
export const ROUND_ROBIN = "round robin";

const longPrefix = { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true, blockSize: 64 };

/** What was tried when the shipped settings were chosen; `make bench TUNE=1` runs them on the traces for that. */
export const CANDIDATES: readonly Policy[] = [
  {
    name: "3:2:2, 2048 blocks",
    id: "long",
    config: pickerConfig([
      { type: "prefix-cache-scorer", weight: 3, parameters: longPrefix },
      scorer("queue-scorer", 2),
      scorer("kv-cache-utilization-scorer", 2),
    ]),
  },
  {
    name: "3:1:0 + running 1, 2048 blocks",
    id: "running",
    config: pickerConfig([
      { type: "prefix-cache-scorer", weight: 3, parameters: longPrefix },
      scorer("queue-scorer", 1),
      scorer("running-requests-size-scorer", 1),
    ]),
  },
  {
    name: "6:2:2, 2048 blocks",
    id: "heavy",
    config: pickerConfig([
      { type: "prefix-cache-scorer", weight: 6, parameters: longPrefix },
      scorer("queue-scorer", 2),
      scorer("kv-cache-utilization-scorer", 2),
    ]),
  },
  {
    name: "3:2:2, weighted random",
    id: "random",
    config: pickerConfig(
      [
        { type: "prefix-cache-scorer", weight: 3, parameters: longPrefix },
        scorer("queue-scorer", 2),
        scorer("kv-cache-utilization-scorer", 2),
      ],
      "weighted-random-picker",
    ),
  },
];
