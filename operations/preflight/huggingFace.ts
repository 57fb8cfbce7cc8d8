import type { TokenReading } from "../common/stackSettings";
import { CannotCheck, type Check, failed, passed, unknown, type Verdict } from "../../stacks/platforms/operations";
import type { Web } from "./web";

/** The Hub's answer. */
interface HubAnswer {
  readonly status: number;
  /** The header `X-Error-Code`: GatedRepo, RepoNotFound, … */
  readonly errorCode?: string;
}

/** What the Hub says about the token. */
interface TokenEvidence {
  /** Undefined: no token is set. */
  readonly answer?: HubAnswer;
  readonly account?: string;
  /** read, write or fineGrained. */
  readonly role?: string;
}

const SET_TOKEN = "pulumi config set --secret llm-d:huggingFaceToken";
const TOKEN_PAGE = "https://huggingface.co/settings/tokens";

/** The Hub's address. Hugging Face's own tools read the variable `HF_ENDPOINT` too. */
function hubBase(env: NodeJS.ProcessEnv = process.env): string {
  return (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
}

/** Whether Hugging Face accepts the token. */
export function tokenCheck(token: TokenReading, web: Web, base = hubBase()): Check<TokenEvidence> {
  return {
    id: "huggingface.token",
    subject: "Hugging Face token",
    async gather(signal) {
      if (token.state === "missing") return {};
      const response = await web(`${base}/api/whoami-v2`, { headers: bearer(token), signal });
      const answer = answerOf(response);
      if (!response.ok) {
        await response.body?.cancel();
        return { answer };
      }
      const { name, auth } = (await response.json()) as { name?: string; auth?: { accessToken?: { role?: string } } };
      return { answer, account: name, role: auth?.accessToken?.role };
    },
    judge: judgeToken,
  };
}

/** Decides on the token. */
export function judgeToken({ answer, account, role }: TokenEvidence): Verdict {
  if (answer === undefined) return failed("none is set", `Make one at ${TOKEN_PAGE} and run: ${SET_TOKEN}`);
  if (answer.status === 200) {
    return passed(`valid, of ${account ?? "an unnamed account"}${role === undefined ? "" : ` (${role})`}`);
  }
  if (answer.status === 401 || answer.status === 403) {
    return failed(
      `Hugging Face does not accept it (${answer.status}): revoked, expired or mistyped`,
      `Make a new one at ${TOKEN_PAGE} and run: ${SET_TOKEN}`,
    );
  }
  return noAnswer(answer);
}

/** Whether the token may download a model's weights. */
export function modelCheck(repository: string, token: TokenReading, web: Web, base = hubBase()): Check<HubAnswer> {
  return {
    id: `huggingface.model.${repository}`,
    subject: `weights of ${repository}`,
    async gather(signal) {
      const headers = token.state === "missing" ? {} : bearer(token);
      // The call behind `auth_check` of Hugging Face's own client: whether the files may be read, without reading any.
      const response = await web(`${base}/api/models/${repository}/auth-check`, { headers, signal });
      await response.body?.cancel();
      return answerOf(response);
    },
    judge: (answer) => judgeModel(repository, answer),
  };
}

/** Decides on a model's weights. */
export function judgeModel(repository: string, answer: HubAnswer): Verdict {
  if (answer.status === 200) return passed("may be downloaded with this token");
  if (answer.errorCode === "GatedRepo") {
    return failed(
      "gated, and access is not granted to this token",
      `Accept the licence at https://huggingface.co/${repository} with the token's account and wait for the grant; ` +
        `a fine-grained token also needs "Read access to contents of all public gated repos you can access" (${TOKEN_PAGE}).`,
    );
  }
  if (answer.status === 404 || answer.errorCode === "RepoNotFound") {
    return failed(
      "there is no such model, or it is private and this token may not read it",
      "Check the name and the uri under llm-d:models.",
    );
  }
  if (answer.status === 401 || answer.status === 403) {
    return failed(
      `Hugging Face refuses it (${answer.status})`,
      `Check the token's permissions at ${TOKEN_PAGE}, and https://huggingface.co/${repository}.`,
    );
  }
  return noAnswer(answer);
}

function noAnswer({ status }: HubAnswer): Verdict {
  const why = status === 429 ? "too many requests" : `Hugging Face answered ${status}`;
  return unknown(why, "Try again later; https://status.huggingface.co reports outages.");
}

/** The repository on the Hub that a model's weights come from; undefined when they come from a volume. */
export function hubRepository(uri: string): string | undefined {
  return /^hf:\/\/([^/]+\/[^/]+)/.exec(uri)?.[1] ?? /^pvc\+hf:\/\/[^/]+\/([^/]+\/[^/]+)/.exec(uri)?.[1];
}

function bearer(token: TokenReading): Record<string, string> {
  if (token.state === "read") return { authorization: `Bearer ${token.value}` };
  if (token.state === "missing") return {};
  throw new CannotCheck(
    `the token is set, but cannot be read here: ${token.reason}`,
    "Install the Pulumi CLI, log in to the stack's backend and set its passphrase or key, then try again.",
  );
}

function answerOf({ status, headers }: Awaited<ReturnType<Web>>): HubAnswer {
  return { status, errorCode: headers.get("x-error-code") ?? undefined };
}
