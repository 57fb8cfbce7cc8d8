import type { ClusterFacts, FoundCrd } from "./facts";
import type { Finding } from "./findings";
import type { WantedCrds } from "./wanted";
import { isOwnedBy, OWNER_ANNOTATION } from "../../../components/cluster/owner";

/** The CRDs of a bundle in the cluster that this stack did not make. */
export function foreignCrds({ crds }: ClusterFacts, owner: string, { crds: wanted }: WantedCrds): readonly FoundCrd[] {
  const names = new Set(wanted.map(({ name }) => name));
  return crds.filter((crd) => names.has(crd.name) && !isOwnedBy(crd, owner));
}

/**
 * Why the bundle in the cluster cannot be adopted. It fits if each CRD serves every version that the program's own release
 * serves, because the controllers watch those. It must also be new enough to have the fields of the program's objects.
 * Newer releases are fine.
 */
export function adoptionFindings({ crds }: ClusterFacts, owner: string, wanted: WantedCrds): Finding[] {
  const { title, setting = "" } = wanted;
  const byName = new Map(crds.map((crd) => [crd.name, crd]));
  const found = wanted.crds.flatMap(({ name }) => byName.get(name) ?? []);
  const missing = wanted.crds.map(({ name }) => name).filter((name) => !byName.has(name));
  if (found.length === 0) {
    return [
      {
        about: wanted.bundle,
        found: `The setting llm-d:${setting} adopts ${title}, but none of it is installed.`,
        remedy: `Set llm-d:${setting} to install.`,
      },
    ];
  }
  const own = found.filter((crd) => isOwnedBy(crd, owner));
  if (own.length > 0) {
    return [
      {
        about: wanted.bundle,
        found: `The setting llm-d:${setting} adopts ${title}, but this stack owns it: ${nameSome(own.map(({ name }) => name))}. Adopting would delete it with all objects of these kinds.`,
        remedy: `Set llm-d:${setting} back to install. To hand it over to somebody else, first remove it from the state ("pulumi state delete" for each), then remove the annotation ${OWNER_ANNOTATION}.`,
      },
    ];
  }
  if (missing.length > 0) {
    return [
      {
        about: wanted.bundle,
        found: `The setting llm-d:${setting} adopts ${title}, but only a part of it is installed; missing: ${nameSome(missing)}.`,
        remedy: `Ask its owner to install all of a release such as ${releaseOf(wanted)}, or remove it and set llm-d:${setting} to install.`,
      },
    ];
  }
  return [...tooOld(found, wanted), ...unserved(byName, wanted)];
}

/** The release of the bundle in the cluster according to its CRDs, or several releases if they differ. */
export function foundRelease({ crds }: ClusterFacts, { crds: wanted, versionAnnotation = "" }: WantedCrds): string {
  const names = new Set(wanted.map(({ name }) => name));
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
      found: `The setting llm-d:${setting} adopts ${title}, but ${nameSome(old.map(({ name }) => name))} ${old.length === 1 ? "has" : "have"} ${[...releases].join(", ")} in ${versionAnnotation}; ${oldest.version} is the oldest that fits: ${oldest.reason}.`,
      remedy: `This program does not upgrade it, because others use it. Ask its owner to install ${releaseOf(wanted)}, or remove it and set llm-d:${setting} to install.`,
    },
  ];
}

function unserved(byName: ReadonlyMap<string, FoundCrd>, wanted: WantedCrds): Finding[] {
  const { title, setting = "" } = wanted;
  const lacking = wanted.crds.flatMap(({ name, served }) => {
    const there = new Set(byName.get(name)?.served ?? []);
    return served.filter((version) => !there.has(version)).map((version) => `${name} ${version}`);
  });
  if (lacking.length === 0) return [];
  return [
    {
      about: wanted.bundle,
      found: `The setting llm-d:${setting} adopts ${title}, but it does not serve the versions that this lane's controllers watch: ${nameSome(lacking)}.`,
      remedy: `This program does not change it, because others use it. Ask its owner to install ${releaseOf(wanted)}, or use another cluster.`,
    },
  ];
}

/** The release that this program would install. */
function releaseOf({ crds, versionAnnotation = "" }: WantedCrds): string {
  return crds.map(({ annotations }) => annotations[versionAnnotation]).find(Boolean) ?? "the lane's release";
}

/** Whether the major and minor of a release such as `v1.3.0` are at least those of another. */
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
