/** What single environments may do that no other may. Every entry is a decision that a reviewer sees. */
export interface Allowances {
  /** Clusters, by the name of the resource, whose API server may be reached from the internet, by anybody. */
  readonly publicClusters: readonly string[];
  /** Gateways, as `<stack>/<name>`, that may have a public address. They still need authentication. */
  readonly publicGateways: readonly string[];
  /** Nodes with GPUs, by stack: the sum of the largest sizes of its node groups. */
  readonly gpuNodes: Readonly<Record<string, number>>;
  /** Nodes with GPUs of stacks that have no number of their own. */
  readonly gpuNodesElsewhere: number;
}

/** The allowances in force. A public gateway is added here, by name, in the pull request that makes it public. */
export const ALLOWANCES: Allowances = {
  // Pulumi.dev.yaml says what it opens, and what is better.
  publicClusters: ["llm-d-dev"],
  publicGateways: [],
  gpuNodes: { dev: 1, prod: 2 },
  gpuNodesElsewhere: 1,
};
