/** One reason why an environment cannot be made in a cluster. */
export interface Finding {
  /** What it is about, such as `istio` or `gateway-api`: a platform may know better than the general judgement. */
  readonly about: string;
  /** What is there, and why it is in the way; a whole sentence. */
  readonly found: string;
  /** What to do; a whole sentence. */
  readonly remedy: string;
}

/** All findings, as the one error shows them. */
export function listFindings(findings: readonly Finding[], where: string): string {
  const count = findings.length === 1 ? "1 reason" : `${findings.length} reasons`;
  const lines = findings.map(({ found, remedy }) => `  - ${found}\n    ${remedy}`);
  return `This environment cannot be made in ${where}, for ${count}. Nothing was changed.\n${lines.join("\n")}`;
}
