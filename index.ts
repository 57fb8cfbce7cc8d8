import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "./stacks/config";
import { buildEnvironment } from "./stacks/environment";
import { outputsOf } from "./stacks/outputs";
import { platformNamed } from "./stacks/platforms";

// The SDK would send the arguments of every component to the engine, and the state would keep them: all CRDs a second time.
process.env["PULUMI_NODEJS_SKIP_COMPONENT_INPUTS"] = "true";

/** The program: `pulumi up` runs this, and the embedded environment runs the same through the Automation API. */
export = async (): Promise<Record<string, unknown>> => {
  const config = loadConfig();
  const cost = platformNamed(config.platform).cost?.(config);
  // In a preview too: machines at this price are better seen before than after.
  if (cost !== undefined) await pulumi.log.info(`Costs ${cost}`);
  return outputsOf(config, await buildEnvironment(config), cost);
};
