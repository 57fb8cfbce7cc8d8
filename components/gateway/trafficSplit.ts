/** A header that a request has to have, as an HTTPRoute matches it. */
export interface HeaderMatch {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** What requests of each release of a model look like: any of the lists, each with all of its headers. */
export interface ReleaseMatches {
  readonly stable: readonly (readonly HeaderMatch[])[];
  readonly canary: readonly (readonly HeaderMatch[])[];
}

/** Header with which a request asks for one release, `stable` or `canary`, whatever the weight. */
export const RELEASE_HEADER = "x-llm-d-release";

/** Hexadecimal digits of a request's id that its release is told by: the weight is kept to 1 in 4096. */
const DIGITS = 3;

/**
 * Splits a model's requests between two releases.
 *
 * Not by the weights of a rule's backendRefs, which would be the obvious way: of a rule with several InferencePools, Istio (1.27,
 * and every release up to 1.30) asks the endpoint picker of the last one for all requests (buildHTTPDestination in its gateway
 * controller), and Envoy balances those of the others itself. So each release has a rule of its own, and a request's id tells
 * which one it is: Envoy gives each request a random UUID before it looks for a route, and keeps one that a client inside the
 * network has given.
 *
 * Of several rules that match with as many headers the first wins: the stable release's has to come first, so that a
 * request that asks for it gets it.
 *
 * @param weight How many of a hundred requests go to the canary, from 0 to 100.
 */
export function releaseMatches(weight: number): ReleaseMatches {
  const asked = (value: string): HeaderMatch[] => [{ type: "Exact", name: RELEASE_HEADER, value }];
  const any: HeaderMatch[] = [];
  const below = Math.round((weight / 100) * 16 ** DIGITS);
  const share = (): HeaderMatch[] => [
    { type: "RegularExpression", name: "x-request-id", value: `(${hexadecimalsBelow(below).join("|")}).*` },
  ];
  if (weight <= 0) return { stable: [asked("stable"), any], canary: [asked("canary")] };
  if (weight >= 100) return { stable: [asked("stable")], canary: [asked("canary"), any] };
  return { stable: [asked("stable"), any], canary: [asked("canary"), share()] };
}

/** Regular expressions for all numbers below a limit, written with `DIGITS` hexadecimal digits. */
function hexadecimalsBelow(limit: number): string[] {
  const digits = limit.toString(16).padStart(DIGITS, "0");
  return [...digits].flatMap((digit, index) => {
    const lower = "0123456789abcdef".slice(0, parseInt(digit, 16));
    return lower === "" ? [] : [`${digits.slice(0, index)}[${lower}]${"[0-9a-f]".repeat(DIGITS - 1 - index)}`];
  });
}
