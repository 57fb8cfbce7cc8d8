import { table } from "../../validation/report/table";
import type { Result, Status } from "./check";

/** Exit codes of the command. */
export const EXIT = {
  /** Everything passed, warnings aside. */
  passed: 0,
  /** Something failed. */
  failed: 1,
  /** The command or the configuration cannot be used; nothing was checked. */
  unusable: 2,
  /** Nothing failed, but something could not be checked. */
  unknown: 3,
} as const;

/** The whole outcome, as `--json` prints it. */
export interface Report {
  readonly stack: string;
  readonly platform: string;
  /** Where the configuration was read. */
  readonly source: string;
  readonly summary: Readonly<Record<Status, number>>;
  readonly exitCode: number;
  readonly checks: readonly Result[];
}

export function makeReport(of: Pick<Report, "stack" | "platform" | "source">, checks: readonly Result[]): Report {
  const count = (status: Status): number => checks.filter((result) => result.status === status).length;
  const summary = {
    passed: count("passed"),
    warning: count("warning"),
    failed: count("failed"),
    unknown: count("unknown"),
  };
  return { ...of, summary, exitCode: exitCode(summary), checks };
}

export function exitCode(summary: Readonly<Record<Status, number>>): number {
  if (summary.failed > 0) return EXIT.failed;
  return summary.unknown > 0 ? EXIT.unknown : EXIT.passed;
}

const MARKS: Readonly<Record<Status, string>> = { passed: "ok", warning: "warn", failed: "FAIL", unknown: "?" };

/** The outcome as a table, and below it what to do. */
export function formatReport(report: Report): string {
  const rows = report.checks.map((result) => [MARKS[result.status], result.subject, result.detail]);
  const todo = report.checks
    .filter((result) => result.remedy !== undefined)
    .map((result) => `${MARKS[result.status]} ${result.subject}\n    ${result.remedy?.replaceAll("\n", "\n    ")}\n`);
  const { passed, warning, failed, unknown } = report.summary;
  const counts = `${passed} passed, ${warning} warnings, ${failed} failed, ${unknown} could not be checked`;
  return [
    `Preflight of ${report.stack} (${report.platform}; settings from ${report.source})\n\n`,
    table(rows),
    todo.length === 0 ? "" : `\nWhat to do:\n${todo.join("")}`,
    `\n${counts}\n`,
  ].join("");
}
