import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Check, failed, passed, type Verdict, warning } from "../../operations";
import { explainError, isBadCredentials } from "../awsClient";

/** The caller's identity, or why AWS or its SDK does not accept the credentials. */
type IdentityEvidence = { readonly account: string; readonly arn: string } | { readonly refused: string };

/** Whether there are credentials, and whose. */
export function credentialsCheck(region: string): Check<IdentityEvidence> {
  return {
    id: "aws.credentials",
    subject: "AWS credentials",
    async gather(abortSignal) {
      try {
        const { Account, Arn } = await new STSClient({ region }).send(new GetCallerIdentityCommand(), { abortSignal });
        return { account: Account ?? "", arn: Arn ?? "" };
      } catch (error) {
        if (isBadCredentials(error)) return { refused: explainError(error) };
        throw error;
      }
    },
    judge: judgeIdentity,
  };
}

/** Decides on the caller's identity. */
export function judgeIdentity(evidence: IdentityEvidence): Verdict {
  if ("refused" in evidence) {
    return failed(
      evidence.refused,
      "Log in (aws sso login, or aws configure), name the profile in AWS_PROFILE, and try: aws sts get-caller-identity",
    );
  }
  const detail = `account ${evidence.account}, ${evidence.arn}`;
  return /:root$/.test(evidence.arn)
    ? warning(detail, "Use a role instead of the account's root user.")
    : passed(detail);
}
