/** What every client of AWS is made with. */
export interface AwsClientOptions {
  readonly region: string;
  /** Where the services answer, for tests. */
  readonly endpoint?: string;
  readonly maxAttempts: number;
}

/** Options of the AWS SDK's clients; `AWS_ENDPOINT_URL` overrides where the services are. */
export function awsClientOptions(region: string, env: NodeJS.ProcessEnv = process.env): AwsClientOptions {
  const endpoint = env.AWS_ENDPOINT_URL;
  return { region, maxAttempts: 3, ...(endpoint === undefined || endpoint === "" ? {} : { endpoint }) };
}

/** Codes of AWS that mean: whoever asks may not. */
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError/;

/** Codes of AWS and of its SDK that mean: there are no credentials, or they are not good (any more). */
const BAD_CREDENTIALS =
  /CredentialsProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|AuthFailure|InvalidSignature|RequestExpired|TokenRefreshRequired/;

export const isDenied = (error: unknown): boolean => DENIED.test(nameOf(error));
export const isBadCredentials = (error: unknown): boolean => BAD_CREDENTIALS.test(nameOf(error));

/** An error's code or class, whichever says more. */
export function nameOf(error: unknown): string {
  const { name, Code, code } = error as { name?: unknown; Code?: unknown; code?: unknown };
  return [name, Code, code].filter((part) => typeof part === "string" && part !== "Error").join(" ");
}

/** Why a call could not be made, in one line and without details of the protocol. */
export function explainError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/Deserialization error|is not valid JSON|XML parse error/.test(message)) {
    return "the answer could not be understood: the endpoint does not offer this call";
  }
  const cause = (error as { cause?: { message?: string; code?: string } }).cause;
  const text = message === "fetch failed" && cause !== undefined ? cause.message || cause.code || message : message;
  const name = nameOf(error);
  const line = (text.split("\n")[0] ?? "").trim();
  if (line === "") return name === "" ? "unknown error" : name;
  return isDenied(error) || isBadCredentials(error) ? `${name.split(" ")[0]}: ${line}` : line;
}

/** Collects all pages of a listing. */
export async function allPages<P, T>(
  page: (token: string | undefined) => Promise<P>,
  items: (page: P) => readonly T[] | undefined,
  next: (page: P) => string | undefined,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const answer = await page(token);
    all.push(...(items(answer) ?? []));
    const following = next(answer);
    token = following === "" ? undefined : following;
  } while (token !== undefined);
  return all;
}
