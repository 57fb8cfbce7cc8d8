/** One reason why an environment cannot be made in a cluster. */
export interface Finding {
  /** The subject, such as `istio` or `gateway-api`. A platform's own finding replaces the general one on the same subject. */
  readonly about: string;
  /** The conflict, in whole sentences. */
  readonly found: string;
  /** What to do, in whole sentences. */
  readonly remedy: string;
}

/** The text of the error that lists all findings. */
export function listFindings(findings: readonly Finding[], where: string): string {
  const count = findings.length === 1 ? "1 reason" : `${findings.length} reasons`;
  const lines = findings.map(({ found, remedy }) => `  - ${found}\n    ${remedy}`);
  return `This environment cannot be made in ${where}, for ${count}. Nothing was changed.\n${lines.join("\n")}`;
}
