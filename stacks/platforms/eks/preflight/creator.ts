import { DescribeClusterCommand, EKSClient, ResourceNotFoundException } from "@aws-sdk/client-eks";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Check, failed, passed, type Verdict } from "../../operations";
import { isPrincipal } from "../resources/names";

interface CreatorEvidence {
  /** The caller, as STS names it. */
  readonly caller: string;
  /** Whether the cluster exists already. */
  readonly exists: boolean;
}

/**
 * Whether the caller, who will create the cluster, is also one of the configured administrators. EKS gives the creator an
 * access entry, and refuses a second one.
 */
export function creatorCheck(
  cluster: string,
  adminPrincipals: readonly string[],
  region: string,
): Check<CreatorEvidence> {
  return {
    id: "aws.cluster.admins",
    subject: `administrators of cluster ${cluster}`,
    async gather(abortSignal) {
      const { Arn: caller = "" } = await new STSClient({ region }).send(new GetCallerIdentityCommand(), {
        abortSignal,
      });
      try {
        await new EKSClient({ region }).send(new DescribeClusterCommand({ name: cluster }), { abortSignal });
        return { caller, exists: true };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return { caller, exists: false };
        throw error;
      }
    },
    judge: (evidence) => judgeCreator(adminPrincipals, evidence),
  };
}

/** Decides on the administrators. */
export function judgeCreator(adminPrincipals: readonly string[], { caller, exists }: CreatorEvidence): Verdict {
  const index = adminPrincipals.findIndex((principal) => isPrincipal(caller, principal));
  if (exists) return passed(`the cluster is there; its creator and ${adminPrincipals.length} more`);
  if (index < 0) return passed(`${caller}, who will create it, and ${adminPrincipals.length} more`);
  return failed(
    `${adminPrincipals[index]} will create the cluster and gets access by that; EKS refuses a second access entry`,
    `Remove aws.cluster.adminPrincipals[${index}], or run pulumi up with another identity.`,
  );
}
