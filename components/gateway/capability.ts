import type { Capability } from "../capability";
import { gatewayPins } from "./pins";
import { gatewaySchema, type ParsedGateway } from "./settings";
import { gatewayRules } from "./settingsRules";

/** The inference gateway. */
export const gateway = {
  settings: { gateway: gatewaySchema.prefault({}) },
  fill: ({ gateway }: { readonly gateway?: ParsedGateway }) =>
    gateway === undefined
      ? {}
      : { gateway: { ...gateway, port: gateway.port ?? (gateway.tls === undefined ? 80 : 443) } },
  rules: gatewayRules,
  pins: gatewayPins,
} satisfies Capability;
