import { parse } from "yaml";

/** Some charts write their version with a leading v. Helm ignores the v. */
const withoutV = (version: string): string => version.replace(/^v(?=\d)/, "");

/** What a chart repository's index says about one version of a chart. */
interface IndexEntry {
  /** Whether the index has the chart at all. */
  readonly known: boolean;
  /** Absolute address of the version's archive; undefined when the index does not have the version. */
  readonly url?: string;
}

/**
 * Finds one version of a chart in a repository's index.yaml. Some indexes have tens of megabytes, so only the entries that
 * can be the wanted one are parsed.
 *
 * @param repository address of the repository; addresses of archives may be relative to it
 */
export function findInIndex(index: string, repository: string, name: string, version: string): IndexEntry {
  const entries = index.trimStart().startsWith("{")
    ? ((JSON.parse(index) as { entries?: Record<string, unknown[]> }).entries?.[name] ?? undefined)
    : entriesOf(index, name, withoutV(version));
  if (entries === undefined) return { known: false };
  const entry = entries
    .map((candidate) => candidate as { version?: unknown; urls?: unknown[] } | null)
    .find((candidate) => withoutV(String(candidate?.version)) === withoutV(version));
  const [url] = entry?.urls ?? [];
  if (typeof url !== "string") return { known: true };
  return { known: true, url: new URL(url, `${repository.replace(/\/+$/, "")}/`).toString() };
}

/** The parsed entries of a chart that contain the version; undefined when the chart is not in the index. */
function entriesOf(index: string, name: string, version: string): unknown[] | undefined {
  const lines = index.split(/\r?\n/);
  const start = lines.findIndex((line) => line.trimEnd() === "entries:");
  if (start < 0) return undefined;
  const indentation = /^ */.exec(lines[start + 1] ?? "")?.[0] ?? "  ";
  const title = [name, `"${name}"`, `'${name}'`].map((written) => `${indentation}${written}:`);
  const from = lines.findIndex((line, at) => at > start && title.includes(line.trimEnd()));
  if (from < 0) return undefined;
  const ends = (line: string): boolean =>
    line.trim() !== "" && new RegExp(`^ {0,${indentation.length}}[^ -]`).test(line);
  const length = lines.slice(from + 1).findIndex(ends);
  const section = lines.slice(from + 1, length < 0 ? undefined : from + 1 + length);
  const dash = /^( *)- /.exec(section.find((line) => line.trim() !== "") ?? "")?.[1] ?? "";
  const items: string[][] = [];
  for (const line of section) {
    if (line.startsWith(`${dash}- `)) items.push([]);
    items.at(-1)?.push(line);
  }
  return items
    .map((item) => item.join("\n"))
    .filter((item) => item.includes(version))
    .flatMap((item) => parse(item) as unknown[]);
}
