/** The volumes that the stack keeps its data on, in mode `stack` where they are asked for. */

/** Silences, and who has been told of what: kilobytes, on the smallest disk that clouds have. */
export const ALERTMANAGER_VOLUME = "1Gi";

const UNITS: Readonly<Record<string, number>> = {
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
};

/** Bytes of a quantity such as `50Gi`; throws where it has no unit. */
export function bytesOf(quantity: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(quantity) ?? [];
  const factor = UNITS[unit ?? ""];
  if (number === undefined || factor === undefined) throw new Error(`${quantity} is no quantity of bytes with a unit`);
  return Number(number) * factor;
}

/** What the sizes of volumes follow from. */
export interface VolumeSettings {
  readonly mode: string;
  readonly storage: { readonly persistent?: boolean | undefined; readonly size: string };
  readonly alertmanager: boolean;
}

/** GiB of all volumes; each is a disk of whole GiB. */
export function volumesGiB({ mode, storage, alertmanager }: VolumeSettings): number {
  if (mode !== "stack" || storage.persistent !== true) return 0;
  const sizes = [storage.size, ...(alertmanager ? [ALERTMANAGER_VOLUME] : [])];
  return sizes.reduce((sum, size) => sum + Math.ceil(bytesOf(size) / 2 ** 30), 0);
}
