import type { PlatformDefinition } from "./definition";
import { eks } from "./eks";
import { existing } from "./existing";
import { local } from "./local";
import { openshift } from "./openshift";

/** Every platform, one line each. */
export const PLATFORMS = [local, existing, openshift, eks] as const;

/** Name of a platform; the value of the `platform` setting. */
export type PlatformName = (typeof PLATFORMS)[number]["name"];

/**
 * The platform of a name.
 *
 * @param platforms Where to look. @default every platform
 * @throws Error when there is none. The configuration has been checked before.
 */
export function platformNamed(name: string, platforms: readonly PlatformDefinition[] = PLATFORMS): PlatformDefinition {
  const found = platforms.find((platform) => platform.name === name);
  if (found === undefined) throw new Error(`no platform is named ${name}`);
  return found;
}
