import { DescribeClusterCommand, EKSClient, ResourceNotFoundException } from "@aws-sdk/client-eks";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { isPrincipal } from "../../../stacks/platforms/eks/resources/names";
import type { AwsClientOptions } from "../../common/aws";
import type { Check, Verdict } from "../check";

/** Who is asking, and whether they are the one who will create the cluster. */
export interface CreatorEvidence {
  /** As STS names them. */
  readonly caller: string;
  /** Whether the cluster is there already, made by whoever. */
  readonly exists: boolean;
}

/**
 * Whether the one who will create the cluster is among its administrators: EKS gives the creator an access entry by
 * itself, and refuses a second one.
 */
export function creatorCheck(
  cluster: string,
  adminPrincipals: readonly string[],
  options: AwsClientOptions,
): Check<CreatorEvidence> {
  return {
    id: "aws.cluster.admins",
    subject: `administrators of cluster ${cluster}`,
    async gather(abortSignal) {
      const identity = await new STSClient(options).send(new GetCallerIdentityCommand({}), { abortSignal });
      const exists = await new EKSClient(options)
        .send(new DescribeClusterCommand({ name: cluster }), { abortSignal })
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof ResourceNotFoundException) return false;
            throw error;
          },
        );
      return { caller: identity.Arn ?? "", exists };
    },
    judge: (evidence) => judgeCreator(adminPrincipals, evidence),
  };
}

export function judgeCreator(adminPrincipals: readonly string[], { caller, exists }: CreatorEvidence): Verdict {
  const index = adminPrincipals.findIndex((principal) => isPrincipal(caller, principal));
  if (exists)
    return { status: "passed", detail: `the cluster is there; ${adminPrincipals.length} beside who created it` };
  if (index < 0)
    return { status: "passed", detail: `${caller}, who will create it, and ${adminPrincipals.length} more` };
  return {
    status: "failed",
    detail: `${adminPrincipals[index]} will create the cluster and has access by that; EKS refuses a second access entry`,
    remedy: `Remove aws.cluster.adminPrincipals[${index}], or run pulumi up as somebody else.`,
  };
}
