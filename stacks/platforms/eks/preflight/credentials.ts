import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type AwsClientOptions, explainError, isBadCredentials } from "../awsClient";
import type { Check, Verdict } from "../../operations";

/** Who AWS says is asking. */
export type IdentityEvidence =
  | { readonly account: string; readonly arn: string }
  /** AWS, or the SDK before it asked, does not accept the credentials. */
  | { readonly refused: string };

/** Whether there are credentials, and whose. */
export function credentialsCheck(options: AwsClientOptions): Check<IdentityEvidence> {
  return {
    id: "aws.credentials",
    subject: "AWS credentials",
    async gather(abortSignal) {
      try {
        const identity = await new STSClient(options).send(new GetCallerIdentityCommand({}), { abortSignal });
        return { account: identity.Account ?? "", arn: identity.Arn ?? "" };
      } catch (error) {
        if (isBadCredentials(error)) return { refused: explainError(error) };
        throw error;
      }
    },
    judge: judgeIdentity,
  };
}

export function judgeIdentity(evidence: IdentityEvidence): Verdict {
  if ("refused" in evidence) {
    return {
      status: "failed",
      detail: evidence.refused,
      remedy:
        "Log in (aws sso login, or aws configure), name the profile in AWS_PROFILE, and try: aws sts get-caller-identity",
    };
  }
  const detail = `account ${evidence.account}, ${evidence.arn}`;
  if (/:root$/.test(evidence.arn)) {
    return { status: "warning", detail, remedy: "Use a role instead of the account's root user." };
  }
  return { status: "passed", detail };
}
