import type { GpuConfig } from "../../../components/gpu/settings";
import type { Partially } from "../../../settings/values";
import type { MonitoringConfig } from "../../../monitoring/settings";
import { volumesGiB } from "../../../monitoring/stack/volumes";
import type { PlatformDefinition, Site } from "../definition";
import { type AwsConfig, resolveAws } from "./awsConfig";
import type { EksConfigured } from "./build";
import { costLine } from "./cost";
import { gpuNodesOfType } from "./gpuNodesOfType";
import { eksPins } from "./pins";
import { awsSchema, type ParsedAws } from "./settings";
import { eksRules } from "./settingsRules";

/** An EKS cluster that this program makes, with its network and nodes. */
export const eks = {
  name: "eks" as const,
  facts: {
    gpuOperator: "helm",
    // AL2023_x86_64_NVIDIA.
    driverInImage: true,
    olm: false,
    monitoringMode: "stack",
    persistentStorage: true,
    routes: false,
    cloud: "aws",
  },
  // Pulumi.yaml needs a default to make the section optional. An empty object counts as omitted.
  settings: { aws: awsSchema.optional().meta({ default: {} }) },
  rules: eksRules,
  resolve: ({ aws }: { readonly aws: ParsedAws }, defaultName: string) => ({ aws: resolveAws(aws, defaultName) }),
  kubernetes: ({ aws }: Partially<{ aws: ParsedAws }>) => ({
    setting: "aws.cluster.version",
    version: aws?.cluster?.version,
  }),
  pins: eksPins,
  gpuNodes: ({ aws, gpu }: { readonly aws?: AwsConfig; readonly gpu: GpuConfig }) => {
    if (aws === undefined) throw new Error("aws is not set");
    const { instanceType, desiredSize, minSize, schedule, autoscaled } = aws.gpuNodes;
    // A schedule may have stopped all nodes. An autoscaler starts the first node when a model requests it.
    const minimum = schedule !== undefined ? 0 : autoscaled ? minSize : desiredSize;
    return [gpuNodesOfType(gpu, instanceType, `GPU nodes (${instanceType})`, minimum)];
  },
  cost: ({ aws, monitoring }: { readonly aws?: AwsConfig; readonly monitoring: MonitoringConfig }) => {
    if (aws === undefined) throw new Error("aws is not set");
    return costLine(aws, volumesGiB(monitoring));
  },
  // Both are loaded when called: a command that only reads settings needs neither resources nor the AWS SDK. `import()` takes TypeScript files
  // only from a loader for ES modules.
  build: (config: EksConfigured, site: Site) =>
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    (require("./build") as typeof import("./build")).buildEks(config, site),
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  operations: () => (require("./operations") as typeof import("./operations")).operations,
} satisfies PlatformDefinition;
