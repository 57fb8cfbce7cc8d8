import type { Problem } from "../../settings/problems";

/** The form of Hugging Face's access tokens: https://huggingface.co/docs/hub/security-tokens. */
const TOKEN = /^hf_[A-Za-z0-9_]{8,}$/;

const COMMAND = "pulumi config set --secret llm-d:huggingFaceToken";

/** Checks the token. No message repeats it. */
export function checkToken(token: { value?: string; secret: boolean }): Problem[] {
  const problem = (message: string): Problem[] => [{ path: "huggingFaceToken", message }];
  if (token.value === undefined || token.value === "") {
    return problem(`is missing; run: ${COMMAND}`);
  }
  if (!token.secret) {
    return problem(
      `is stored in plain text; revoke that token if the file was ever shared, make a new one and run: ${COMMAND}`,
    );
  }
  if (!TOKEN.test(token.value)) {
    return problem(
      `the value (secret, not shown) is not a Hugging Face token; a token starts with hf_ and has no spaces; to set one, run: ${COMMAND}`,
    );
  }
  return [];
}
