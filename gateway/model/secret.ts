/** Turns the place that the configuration names into the secret itself, at the moment that it is needed. */
import { readFileSync } from "node:fs";
import type { Secret } from "./quantity.ts";

/** Throws with the name of the variable or file, never with the secret. */
export function readSecret(
  secret: Secret,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (typeof secret === "string") return secret;
  if ("env" in secret) {
    const value = environment[secret.env];
    if (value !== undefined && value !== "") return value;
    throw new Error(`the environment variable ${secret.env} holds no secret; set it before the gateway starts`);
  }
  try {
    // A file made by an editor ends in a line break that is no part of the secret.
    return readFileSync(secret.file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new Error(`the secret file "${secret.file}" cannot be read; check its path and owner`, { cause });
  }
}
