import type { ClusterFacts, FoundCrd } from "./facts";
import type { Finding } from "./findings";
import type { WantedCrds } from "./wanted";
import { isOwnedBy, OWNER_ANNOTATION } from "../../../components/cluster/owner";

/** The CRDs of a bundle that are in the cluster and that this stack did not make. */
export function foreignCrds({ crds }: ClusterFacts, owner: string, { crds: wanted }: WantedCrds): readonly FoundCrd[] {
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return crds.filter((crd) => names.has(crd.name) && !isOwnedBy(crd, owner));
}

/**
 * Why a bundle that is in the cluster cannot be used as it is. It fits when each of its CRDs serves every version that
 * the release which this program would install serves (the controllers watch those), and is no older than the fields
 * that the program's own objects need. What a newer release adds is of no concern.
 */
export function adoptionFindings({ crds }: ClusterFacts, owner: string, wanted: WantedCrds): Finding[] {
  const { title, setting = "" } = wanted;
  const byName = new Map(crds.map((crd) => [crd.name, crd]));
  const found = wanted.crds.flatMap(({ metadata }) => byName.get(metadata.name) ?? []);
  const missing = wanted.crds.map(({ metadata }) => metadata.name).filter((name) => !byName.has(name));
  if (found.length === 0) {
    return [
      {
        about: wanted.bundle,
        found: `${title} is to be adopted (llm-d:${setting}), but none of it is installed.`,
        remedy: `Set llm-d:${setting} to install.`,
      },
    ];
  }
  const own = found.filter((crd) => isOwnedBy(crd, owner));
  if (own.length > 0) {
    return [
      {
        about: wanted.bundle,
        found: `${title} is to be adopted (llm-d:${setting}), but is this stack's own: ${nameSome(own.map(({ name }) => name))}. Letting go of it would delete it with all objects of these kinds.`,
        remedy: `Set llm-d:${setting} back to install. To hand it over to somebody, take it out of the state first ("pulumi state delete" for each), then remove the annotation ${OWNER_ANNOTATION}.`,
      },
    ];
  }
  if (missing.length > 0) {
    return [
      {
        about: wanted.bundle,
        found: `${title} is to be adopted (llm-d:${setting}), but is there only in part; missing: ${nameSome(missing)}.`,
        remedy: `Have whoever installed it install all of a release such as ${releaseOf(wanted)}, or remove it and set llm-d:${setting} to install.`,
      },
    ];
  }
  return [...tooOld(found, wanted), ...unserved(byName, wanted)];
}

/** The release of the bundle in the cluster, as its CRDs name it; several when they are of several. */
export function foundRelease({ crds }: ClusterFacts, { crds: wanted, versionAnnotation = "" }: WantedCrds): string {
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const releases = crds.filter(({ name }) => names.has(name)).map(({ annotations }) => annotations[versionAnnotation]);
  return [...new Set(releases.map((release) => release ?? "of an unknown release"))].join(", ");
}

function tooOld(found: readonly FoundCrd[], wanted: WantedCrds): Finding[] {
  const { title, setting = "", versionAnnotation = "", oldest } = wanted;
  if (oldest === undefined) return [];
  const old = found.filter(({ annotations }) => !reaches(annotations[versionAnnotation], oldest.version));
  if (old.length === 0) return [];
  const releases = new Set(old.map(({ annotations }) => annotations[versionAnnotation] ?? "no release"));
  return [
    {
      about: wanted.bundle,
      found: `${title} is to be adopted (llm-d:${setting}), but ${nameSome(old.map(({ name }) => name))} ${old.length === 1 ? "says" : "say"} ${[...releases].join(", ")} in ${versionAnnotation}; ${oldest.version} is the oldest that fits: ${oldest.reason}.`,
      remedy: `It is not upgraded from here, because others use it: have whoever installed it install ${releaseOf(wanted)}, or remove it and set llm-d:${setting} to install.`,
    },
  ];
}

function unserved(byName: ReadonlyMap<string, FoundCrd>, wanted: WantedCrds): Finding[] {
  const { title, setting = "" } = wanted;
  const lacking = wanted.crds.flatMap(({ metadata, spec }) => {
    const served = new Set(byName.get(metadata.name)?.served ?? []);
    return (spec.versions as readonly { name: string; served: boolean }[])
      .filter((version) => version.served && !served.has(version.name))
      .map((version) => `${metadata.name} ${version.name}`);
  });
  if (lacking.length === 0) return [];
  return [
    {
      about: wanted.bundle,
      found: `${title} is to be adopted (llm-d:${setting}), but does not serve what this lane's controllers watch: ${nameSome(lacking)}.`,
      remedy: `It is not changed from here, because others use it: have whoever installed it install ${releaseOf(wanted)}, or use another cluster.`,
    },
  ];
}

/** The release that this program would install. */
function releaseOf({ crds, versionAnnotation = "" }: WantedCrds): string {
  return crds.map(({ metadata }) => metadata.annotations?.[versionAnnotation]).find(Boolean) ?? "the lane's release";
}

/** Whether a release such as `v1.3.0` is at least another one, by major and minor. */
export function reaches(release: string | undefined, oldest: string): boolean {
  const parse = (text: string): [number, number] | undefined => {
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
    return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
  };
  const [a, b] = [parse(release ?? ""), parse(oldest)];
  if (a === undefined || b === undefined) return false;
  return a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]);
}

/** The first few of a list, and how many more there are. */
export function nameSome(names: readonly string[]): string {
  const shown = 5;
  return names.length <= shown
    ? names.join(", ")
    : `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}
