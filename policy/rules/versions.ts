import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, objects, RELEASE } from "./support";

const EXACT = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A chart in a file or a folder, whose content is its version. */
const IN_A_FILE = /^(\.{0,2}\/|.*\.tgz$)/;

/** Charts are of an exact version. */
export const pinnedCharts: ResourceValidationPolicy = {
  name: "pinned-charts",
  description: "Helm releases name an exact version of their chart.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (type !== RELEASE || IN_A_FILE.test(String(at(props, "chart")))) return;
    const version = at(props, "version");
    if (typeof version !== "string" || !EXACT.test(version)) {
      report(`${name}: ${String(version ?? "no version")} is not exact, so that another day brings another chart`);
    }
  },
};

/** Whether an image's reference says what is run: a tag other than latest, or a digest. */
export function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}

/** Images have a tag, which is not latest, or a digest. */
export const pinnedImages: ResourceValidationPolicy = {
  name: "pinned-images",
  description: "Images of pods and in the values of Helm releases have a tag other than latest, or a digest.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (!type.startsWith("kubernetes:")) return;
    const inside = type === RELEASE ? at(props, "values") : at(props, "spec");
    for (const { path, value } of objects(inside)) {
      const where = `${name}${path === "" ? "" : `, ${path}`}`;
      const { image, tag } = value;
      // Charts also take an image in parts, or without a registry and tag: a name alone is not a reference yet.
      const isReference = type !== RELEASE || (typeof image === "string" && /[/:@]/.test(image));
      if (typeof image === "string" && isReference && !isPinned(image)) report(`${where}: pin the image ${image}`);
      if (tag === "latest" || tag === "") report(`${where}: write an exact tag`);
    }
  },
};
