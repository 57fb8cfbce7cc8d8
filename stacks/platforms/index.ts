import type { PlatformDefinition } from "./definition";
import { eks } from "./eks";
import { existing } from "./existing";
import { local } from "./local";
import { openshift } from "./openshift";

/** All platforms. */
export const PLATFORMS = [local, existing, openshift, eks] as const;

/** Name of a platform; the value of the `platform` setting. */
export type PlatformName = (typeof PLATFORMS)[number]["name"];

/**
 * The platform with a name.
 *
 * @param platforms The platforms to choose from. @default every platform
 * @throws Error if none has the name, which the configuration's checks exclude.
 */
export function platformNamed(name: string, platforms: readonly PlatformDefinition[] = PLATFORMS): PlatformDefinition {
  const found = platforms.find((platform) => platform.name === name);
  if (found === undefined) throw new Error(`no platform is named ${name}`);
  return found;
}
