import * as z from "zod";
import { field } from "../../settings/fields";
import type { Capability } from "../capability";
import { servingPins } from "./pins";
import { modelSchema } from "./settings";
import { modelsRules } from "./settingsRules";

/** The models to serve. */
export const serving = {
  settings: {
    models: field(z.array(modelSchema).min(1), {
      description: "The models to serve.",
      expected: "a list of at least one model, each with a name",
    }),
  },
  rules: modelsRules,
  pins: servingPins,
  namespaces: ({ namespace }: { readonly namespace: string }) => ({ [namespace]: "namespace" }),
} satisfies Capability;
