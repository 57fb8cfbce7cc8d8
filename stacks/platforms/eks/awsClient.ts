import { CannotCheck } from "../operations";

/** Error codes for a missing permission. */
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError/;

/** Error codes of AWS and its SDK for missing, invalid or expired credentials. */
const BAD_CREDENTIALS =
  /CredentialsProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|AuthFailure|InvalidSignature|RequestExpired|TokenRefreshRequired/;

/** Whether AWS refused a call because a permission is missing. */
export const isDenied = (error: unknown): boolean => DENIED.test(nameOf(error));

/** Whether AWS refused a call because of its credentials. */
export const isBadCredentials = (error: unknown): boolean => BAD_CREDENTIALS.test(nameOf(error));

/** Class and codes of an error. */
export function nameOf(error: unknown): string {
  const { name, Code, code } = error as { name?: unknown; Code?: unknown; code?: unknown };
  return [name, Code, code].filter((part) => typeof part === "string" && part !== "Error").join(" ");
}

/** Why a call failed, in one line without protocol details. */
export function explainError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/Deserialization error|is not valid JSON|XML parse error/.test(message)) {
    return "the answer cannot be read: the endpoint does not offer this call";
  }
  const name = nameOf(error);
  const line = (message.split("\n")[0] ?? "").trim();
  if (line === "") return name === "" ? "unknown error" : name;
  return isDenied(error) || isBadCredentials(error) ? `${name.split(" ")[0]}: ${line}` : line;
}

/** The error of a call as a check reports it. */
export function cannotCheck(error: unknown): CannotCheck {
  if (error instanceof CannotCheck) return error;
  const remedy = "Get the permission that the message names; docs/preflight.md lists all of them.";
  return new CannotCheck(explainError(error), isDenied(error) ? remedy : undefined);
}

/** The items of all pages of a paginator of the SDK. */
export async function allItems<P, T>(
  pages: AsyncIterable<P>,
  items: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}
