/** A header that an HTTPRoute requires of a request. */
export interface HeaderMatch {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** How an HTTPRoute recognizes the requests of each release: they match one of the lists, with all of its headers. */
interface ReleaseMatches {
  readonly stable: readonly (readonly HeaderMatch[])[];
  readonly canary: readonly (readonly HeaderMatch[])[];
}

/** Header of a request that selects one release, `stable` or `canary`, at any weight. */
export const RELEASE_HEADER = "x-llm-d-release";

/** Hexadecimal digits of a request's id that select its release. Three digits give the weight a precision of 1 in 4096. */
const DIGITS = 3;

/**
 * Splits a model's requests between two releases.
 *
 * The weights of a rule's backendRefs do not work here. For a rule with several InferencePools, Istio (1.27, and every release up
 * to 1.30) asks only the endpoint picker of the last one (buildHTTPDestination in its gateway controller), and Envoy balances
 * the requests of the others itself. So each release has its own rule, and a request's id selects the rule. Envoy gives each
 * request a random UUID before it looks for a route, and keeps the id of a client inside the network.
 *
 * Of several rules that match with the same number of headers the first wins. So the rule of the stable release comes first, and
 * a request that selects it gets it.
 *
 * @param weight Share of the requests for the canary, in percent.
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
