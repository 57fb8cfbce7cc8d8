import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, mandatory, RELEASE, specObjects } from "./support";

const EXACT = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A chart in a file or folder. Its content is its version. */
const IN_A_FILE = /^(\.{0,2}\/|.*\.tgz$)/;

/** Charts have exact versions. */
export const pinnedCharts: ResourceValidationPolicy = mandatory({
  name: "pinned-charts",
  description: "Helm releases name an exact version of their chart.",
  validateResource: ({ type, name, props }, report) => {
    if (type !== RELEASE || IN_A_FILE.test(String(at(props, "chart")))) return;
    const version = at(props, "version");
    if (typeof version !== "string" || !EXACT.test(version)) {
      report(`${name}: ${String(version ?? "no version")} is not exact, so a later run could install another chart`);
    }
  },
});

/** Whether an image reference has a digest, or a tag other than latest. */
export function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}

/** Images have a digest, or a tag other than latest. */
export const pinnedImages: ResourceValidationPolicy = mandatory({
  name: "pinned-images",
  description: "Images of pods and in the values of Helm releases have a tag other than latest, or a digest.",
  validateResource: ({ type, name, props }, report) => {
    for (const { where, value } of specObjects({ type, name, props })) {
      const { image, tag } = value;
      // In chart values, `image` may be only a name, with registry and tag in other keys.
      const isReference = type !== RELEASE || (typeof image === "string" && /[/:@]/.test(image));
      if (typeof image === "string" && isReference && !isPinned(image)) report(`${where}: pin the image ${image}`);
      if (tag === "latest" || tag === "") report(`${where}: write an exact tag`);
    }
  },
});
