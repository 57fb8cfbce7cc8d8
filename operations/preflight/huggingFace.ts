import type { TokenReading } from "../common/stackSettings";
import { CannotCheck, type Check, type Verdict } from "../../stacks/platforms/operations";
import type { Web } from "./web";

/** How the Hub answered: its status, and what its headers say of an error. */
export interface HubAnswer {
  readonly status: number;
  /** `X-Error-Code`: GatedRepo, RepoNotFound, … */
  readonly errorCode?: string;
}

/** What the Hub says about the token. */
export interface TokenEvidence {
  /** Undefined: no token is set. */
  readonly answer?: HubAnswer;
  readonly account?: string;
  /** read, write or fineGrained. */
  readonly role?: string;
}

const SET_TOKEN = "pulumi config set --secret llm-d:huggingFaceToken";
const TOKEN_PAGE = "https://huggingface.co/settings/tokens";

/** The Hub's address; `HF_ENDPOINT` is the variable of Hugging Face's own tools. */
export function hubBase(env: NodeJS.ProcessEnv = process.env): string {
  return (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
}

/** Whether the token is one. */
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

export function judgeToken({ answer, account, role }: TokenEvidence): Verdict {
  if (answer === undefined) {
    return { status: "failed", detail: "none is set", remedy: `Make one at ${TOKEN_PAGE} and run: ${SET_TOKEN}` };
  }
  if (answer.status === 200) {
    return {
      status: "passed",
      detail: `valid, of ${account ?? "an unnamed account"}${role === undefined ? "" : ` (${role})`}`,
    };
  }
  if (answer.status === 401 || answer.status === 403) {
    return {
      status: "failed",
      detail: `Hugging Face does not accept it (${answer.status}): revoked, expired or mistyped`,
      remedy: `Make a new one at ${TOKEN_PAGE} and run: ${SET_TOKEN}`,
    };
  }
  return hubTrouble(answer);
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

export function judgeModel(repository: string, answer: HubAnswer): Verdict {
  if (answer.status === 200) return { status: "passed", detail: "may be downloaded with this token" };
  if (answer.errorCode === "GatedRepo") {
    return {
      status: "failed",
      detail: "gated, and access is not granted to this token",
      remedy:
        `Accept the licence at https://huggingface.co/${repository} with the token's account and wait for the grant; ` +
        `a fine-grained token also needs "Read access to contents of all public gated repos you can access" (${TOKEN_PAGE}).`,
    };
  }
  if (answer.status === 404 || answer.errorCode === "RepoNotFound") {
    return {
      status: "failed",
      detail: "there is no such model, or it is private and this token may not see it",
      remedy: "Look at the name and the uri under llm-d:models.",
    };
  }
  if (answer.status === 401 || answer.status === 403) {
    return {
      status: "failed",
      detail: `Hugging Face refuses it (${answer.status})`,
      remedy: `Look at the token's permissions at ${TOKEN_PAGE}, and at https://huggingface.co/${repository}.`,
    };
  }
  return hubTrouble(answer);
}

function hubTrouble({ status }: HubAnswer): Verdict {
  const why = status === 429 ? "too many requests" : `Hugging Face answered ${status}`;
  return {
    status: "unknown",
    detail: `could not be checked: ${why}`,
    remedy: "Repeat later; https://status.huggingface.co tells of outages.",
  };
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
    "Install the Pulumi CLI, log in to the stack's backend and set its passphrase or key, then repeat.",
  );
}

function answerOf(response: { status: number; headers: { get(name: string): string | null } }): HubAnswer {
  const errorCode = response.headers.get("x-error-code");
  return { status: response.status, ...(errorCode === null ? {} : { errorCode }) };
}
