import type * as z from "zod";
import type { Problem } from "../settings/problems";
import type { ChartPin, CrdBundlePin } from "./charts/chartSource";
import type { ImagePin } from "./charts/images";
import type { PlatformFacts } from "./platform";

/** What rules may know besides the configuration itself. */
export interface RuleContext {
  /** What was written, without defaults. */
  readonly raw: unknown;
  /** The platform's facts; undefined while its name is missing or wrong. */
  readonly platform: (PlatformFacts & { readonly name: string }) | undefined;
  /** Whether a file exists. */
  readonly fileExists: (file: string) => boolean;
  /** What AWS resources are named after where `aws.name` is left out: project and stack. */
  readonly defaultName: string;
}

/** The charts, CRDs and images that a capability brings, by name. Their versions come from the one table. */
export interface Pins {
  readonly charts?: Readonly<Record<string, ChartPin>>;
  readonly crds?: Readonly<Record<string, CrdBundlePin>>;
  readonly images?: Readonly<Record<string, ImagePin>>;
}

/** Top-level sections of the configuration, by their key. */
export type Sections = Readonly<Record<string, z.ZodType>>;

/**
 * A capability of an environment, as `stacks/capabilities.ts` registers it: its settings, and what follows from them before anything
 * is made. Its `layer.ts` makes the resources.
 *
 * The configuration is typed by each capability as the part that it reads. Parts may be missing in `fill` and `rules`.
 */
export interface Capability<S extends Sections = Sections, P extends Pins = Pins> {
  readonly settings: S;
  /** Defaults that follow from the platform or from other settings: the sections that change. @default none */
  fill?(config: object, platform: PlatformFacts): object;
  /** Rules between settings. @default none */
  rules?(config: object, context: RuleContext): Problem[];
  /** What it brings. @default nothing */
  pins?(versions: object): P;
  /** Names of pins that this environment does not use. @default none */
  unused?(config: object): readonly string[];
  /** The namespaces that it makes, each with the setting that names it, where there is one. @default none */
  namespaces?(config: object): Readonly<Record<string, string | undefined>>;
}
