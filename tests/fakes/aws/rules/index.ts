import { COMPUTE } from "./compute";
import { EKS } from "./eks";
import { IDENTITY } from "./identity";
import { NETWORK } from "./network";
import { NODE_GROUP } from "./nodeGroup";
import { SECURITY } from "./security";
import { T, type TypeRules } from "./types";

export { T, type TypeRules } from "./types";

/** The rules of all resource types, by type token. */
export const RULES: Readonly<Record<string, TypeRules>> = {
  ...NETWORK,
  ...SECURITY,
  ...IDENTITY,
  ...COMPUTE,
  ...EKS,
  [T.nodeGroup]: NODE_GROUP,
};
