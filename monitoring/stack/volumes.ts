import { gibibytes } from "../../settings/quantities";

/** Size of Alertmanager's volume. It keeps kilobytes, and clouds have no smaller disks. */
export const ALERTMANAGER_VOLUME = "1Gi";

/**
 * Bytes of a quantity such as `50Gi`.
 *
 * @throws Error if the quantity has no unit.
 */
export function bytesOf(quantity: string): number {
  const size = gibibytes(quantity);
  if (size === undefined) throw new Error(`${quantity} is not a quantity of bytes with a unit; write one such as 50Gi`);
  return size * 2 ** 30;
}

/** The settings that the sizes of volumes depend on. */
interface VolumeSettings {
  readonly mode: string;
  readonly storage: { readonly persistent?: boolean | undefined; readonly size: string };
  readonly alertmanager: boolean;
}

/** GiB of all volumes of the monitoring stack. Each is a disk of whole GiB. */
export function volumesGiB({ mode, storage, alertmanager }: VolumeSettings): number {
  if (mode !== "stack" || storage.persistent !== true) return 0;
  const sizes = [storage.size, ...(alertmanager ? [ALERTMANAGER_VOLUME] : [])];
  return sizes.reduce((sum, size) => sum + Math.ceil(bytesOf(size) / 2 ** 30), 0);
}
