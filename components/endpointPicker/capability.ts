import type { Capability } from "../capability";
import { endpointPickerPins } from "./pins";
import { endpointPickerRules, endpointPickerSchema } from "./settings";

/** The endpoint picker, and the inference pools that it picks from. */
export const endpointPicker = {
  settings: { endpointPicker: endpointPickerSchema.prefault({}) },
  rules: endpointPickerRules,
  pins: endpointPickerPins,
} satisfies Capability;
