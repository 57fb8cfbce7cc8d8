import { PRIVATE_KEY_SETTING } from "../components/gateway/settings";

/** Settings that are no part of the schema, because its values could be printed. */
export const SECRET_SETTINGS: readonly string[] = [PRIVATE_KEY_SETTING, "huggingFaceToken"];
