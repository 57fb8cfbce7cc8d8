import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** Source of a chart without mirror and override. */
export interface ChartPin {
  /** The chart's name, as in its Chart.yaml. */
  readonly name: string;
  /** `https://...` of a chart repository, or an `oci://...` prefix to which `/NAME` is appended. */
  readonly repository: string;
  /** The exact version, spelled as in the chart's own Chart.yaml or OCI tag (some have a leading `v`). */
  readonly version: string;
}

/** A bundle of CRDs: one YAML file of a release. */
export interface CrdBundlePin {
  readonly version: string;
  /** Address of the release's file, for use without a mirror. */
  readonly url: string;
}

/** Another source for one chart. `chart` and `repository` take precedence over a mirror; `version` alone is read from it. */
export interface ChartOverride {
  /** A folder, a .tgz file, an `oci://` reference, or another name in the repository. */
  readonly chart?: string;
  readonly repository?: string;
  readonly version?: string;
}

/** Settings that select the sources of charts and CRDs. */
export interface ChartSettings {
  readonly charts: Readonly<Record<string, ChartPin>>;
  readonly crds: Readonly<Record<string, CrdBundlePin>>;
  readonly overrides?: Readonly<Record<string, ChartOverride>>;
  /** An `oci://` prefix, or a folder; a relative folder starts from `root`. */
  readonly mirror?: string;
  /** The project's folder, where relative paths start. */
  readonly root: string;
}

/** A chart in the form that `helm.sh/v3:Release` takes. */
export interface ChartSource {
  /** A name in `repository`, an `oci://` reference, or an absolute path. */
  readonly chart: string;
  readonly version: string;
  readonly repository?: string;
}

/** Source of a bundle of CRDs: absolute paths of YAML files, the URL of one, or a chart in a registry. */
export type CrdSource =
  | { readonly files: readonly string[] }
  | { readonly url: string }
  | { readonly chart: string; readonly version: string };

/** One source for each chart and each bundle of CRDs. */
export interface ChartSources {
  readonly charts: Readonly<Record<string, ChartSource>>;
  readonly crds: Readonly<Record<string, CrdSource>>;
}

/** Thrown when charts or CRDs are missing from a mirror folder or an override; lists all of them. */
export class ChartSourceError extends pulumi.RunError {
  constructor(readonly problems: readonly string[]) {
    super(["Charts or CRDs cannot be found:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
    this.name = "ChartSourceError";
  }
}

/**
 * Resolves all sources at once, so that one error lists everything that a mirror lacks.
 *
 * A mirror that is a folder holds, for each chart, `NAME-VERSION.tgz` or an unpacked `NAME/`, and for each bundle of CRDs
 * `NAME-VERSION.yaml` or a folder `NAME/` of YAML files. A mirror that is an `oci://` prefix holds each chart as
 * `PREFIX/NAME`, and each bundle of CRDs as a chart `PREFIX/NAME` whose templates or `crds/` are the CRDs.
 *
 * @throws ChartSourceError
 */
export function resolveChartSources(settings: ChartSettings): ChartSources {
  const problems: string[] = [];
  const resolve = <Pin, Source>(
    pins: Readonly<Record<string, Pin>>,
    sourceOf: (name: string, pin: Pin) => Source | string,
  ): Record<string, Source> => {
    const sources: Record<string, Source> = {};
    for (const [name, pin] of Object.entries(pins)) {
      const source = sourceOf(name, pin);
      if (typeof source === "string") problems.push(source);
      else sources[name] = source;
    }
    return sources;
  };
  const charts = resolve(settings.charts, (name, pin) => chartSource(settings, pin, settings.overrides?.[name] ?? {}));
  const crds = resolve(settings.crds, (name, pin) => crdSource(settings, name, pin));
  if (problems.length > 0) throw new ChartSourceError(problems);
  return { charts, crds };
}

const isOci = (reference: string): boolean => reference.startsWith("oci://");
const joinOci = (prefix: string, name: string): string => `${prefix.replace(/\/+$/, "")}/${name}`;

/** The source of one chart, or a message that says what is missing. */
function chartSource(settings: ChartSettings, pin: ChartPin, override: ChartOverride): ChartSource | string {
  const version = override.version ?? pin.version;
  if (override.chart === undefined && override.repository === undefined && settings.mirror !== undefined) {
    if (isOci(settings.mirror)) return { chart: joinOci(settings.mirror, pin.name), version };
    return chartInFolder(path.resolve(settings.root, settings.mirror), pin.name, version);
  }
  const chart = override.chart ?? pin.name;
  if (isOci(chart)) return { chart, version };
  if (override.chart !== undefined && override.repository === undefined && looksLikePath(override.chart)) {
    return chartAtPath(path.resolve(settings.root, override.chart), pin.name, version);
  }
  const repository = override.repository ?? pin.repository;
  return isOci(repository) ? { chart: joinOci(repository, chart), version } : { chart, version, repository };
}

const looksLikePath = (chart: string): boolean => /[/\\]|\.tgz$|^\./.test(chart);

/** `NAME-VERSION.tgz` or `NAME/` in a mirror folder. */
function chartInFolder(folder: string, name: string, version: string): ChartSource | string {
  const archive = path.join(folder, `${name}-${version}.tgz`);
  if (fs.existsSync(archive)) return { chart: archive, version };
  const unpacked = path.join(folder, name);
  if (fs.existsSync(path.join(unpacked, "Chart.yaml"))) return chartAtPath(unpacked, name, version);
  return `chart ${name} ${version}: neither ${archive} nor ${path.join(unpacked, "Chart.yaml")} exists`;
}

/** A chart at a path. The version in an unpacked chart must be the wanted one. */
function chartAtPath(location: string, name: string, version: string): ChartSource | string {
  if (location.endsWith(".tgz")) {
    return fs.existsSync(location)
      ? { chart: location, version }
      : `chart ${name} ${version}: ${location} does not exist`;
  }
  const metadataFile = path.join(location, "Chart.yaml");
  if (!fs.existsSync(metadataFile)) return `chart ${name} ${version}: ${metadataFile} does not exist`;
  const metadata: unknown = parse(fs.readFileSync(metadataFile, "utf8"));
  const actual = String((metadata as { version?: unknown } | null)?.version ?? "(none)");
  if (withoutV(actual) !== withoutV(version)) {
    return `chart ${name} ${version}: ${metadataFile} is of version ${actual}`;
  }
  return { chart: location, version: actual };
}

/** The source of one bundle, or a message that says what is missing. */
function crdSource(settings: ChartSettings, name: string, pin: CrdBundlePin): CrdSource | string {
  if (settings.mirror === undefined) return { url: pin.url };
  if (isOci(settings.mirror)) return { chart: joinOci(settings.mirror, name), version: pin.version };
  const folder = path.resolve(settings.root, settings.mirror);
  const file = path.join(folder, `${name}-${pin.version}.yaml`);
  if (fs.existsSync(file)) return { files: [file] };
  const unpacked = path.join(folder, name);
  const files = fs.existsSync(unpacked) ? fs.readdirSync(unpacked).filter((entry) => entry.endsWith(".yaml")) : [];
  if (files.length > 0) return { files: files.sort().map((entry) => path.join(unpacked, entry)) };
  return `CRDs ${name} ${pin.version}: neither ${file} nor ${path.join(unpacked, "*.yaml")} exists`;
}

/** Some charts write their version with a leading v, some without. For Helm both are the same. */
const withoutV = (version: string): string => version.replace(/^v(?=\d)/, "");
