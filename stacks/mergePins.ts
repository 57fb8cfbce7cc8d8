import type { Capability, Pins } from "../components/capability";
import type { ChartPin, CrdBundlePin } from "../components/charts/chartSource";
import type { ImagePin } from "../components/charts/images";

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;
type PinsOf<B> = B extends { pins(versions: never): infer P } ? P : never;
type Names<B, K extends keyof Pins> = UnionToIntersection<
  PinsOf<B> extends infer P ? (P extends Record<K, infer M> ? M : never) : never
>;

/** All pins, one record for each kind. */
export interface MergedPins<B> {
  readonly charts: Readonly<Record<keyof Names<B, "charts">, ChartPin>>;
  readonly crds: Readonly<Record<keyof Names<B, "crds">, CrdBundlePin>>;
  readonly images: Readonly<Record<keyof Names<B, "images">, ImagePin>>;
}

/** Merges the pins of capabilities and platforms at these versions. */
export function mergePins<B extends object>(bringers: readonly B[], versions: object): MergedPins<B> {
  const all = bringers.map((bringer) => (bringer as Pick<Capability, "pins">).pins?.(versions) ?? {});
  const merged = (kind: keyof Pins) => Object.assign({}, ...all.map((pins) => pins[kind])) as object;
  return { charts: merged("charts"), crds: merged("crds"), images: merged("images") } as MergedPins<B>;
}
