import type { PlatformOperations } from "../operations";
import type { AwsConfig } from "./awsConfig";
import { searchAws } from "./leftovers";
import { removal, removalRank } from "./leftovers/removal";
import { awsChecks } from "./preflight";

/** The part of EKS for the operator's commands. It loads the AWS SDK, so the program itself must not import it. */
export const operations: PlatformOperations = {
  checks: (config: Configured, owner: string) => awsChecks(awsOf(config), owner),
  leftovers: {
    locate: (config: Configured) => ({ cluster: awsOf(config).name, region: awsOf(config).region }),
    search: searchAws,
    removalRank,
    removal,
  },
  // The program waits for load balancers and volumes before it deletes what they need: docs/aws.md.
  destroyRunsProgram: true,
};

/** The part of the configuration that these operations read. */
interface Configured {
  readonly aws?: AwsConfig;
}

function awsOf({ aws }: Configured): AwsConfig {
  if (aws === undefined) throw new Error("aws is not set");
  return aws;
}
