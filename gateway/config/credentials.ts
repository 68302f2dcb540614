/** The secrets that the gateway makes for itself: no default password anywhere, and nothing to think up on a first start. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** 192 bits: cannot be guessed, and still fits on one line of a terminal. */
const SECRET_BYTES = 24;

const Stored = z.strictObject({
  token: z.string().min(20).max(200),
  mqtt: z.strictObject({ site: z.string().min(20).max(200), edge: z.string().min(20).max(200) }),
});

export interface Credentials {
  /** Opens the pages and the HTTP API. */
  readonly token: string;
  /** Passwords on the embedded broker: of the user "site", and of every edge under its own name. */
  readonly mqtt: { readonly site: string; readonly edge: string };
}

export const credentialsFile = (folder: string): string => join(folder, "secrets.json");

/** Reads `<folder>/secrets.json`, and makes it (readable by its owner alone) when it is not there yet. */
export function loadCredentials(folder: string): Credentials {
  const path = credentialsFile(folder);
  return readCredentials(folder) ?? createCredentials(folder, path);
}

/** The credentials of a folder that is in use; `undefined` when nothing has started there yet. */
export function readCredentials(folder: string): Credentials | undefined {
  const path = credentialsFile(folder);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const stored = Stored.safeParse(parseJson(text));
  if (stored.success) return stored.data;
  // The content is left out on purpose: it is secret even when it is damaged.
  throw new Error(`${path} is damaged: expected the file that the first start made. Delete it; a new one is made.`);
}

function createCredentials(folder: string, path: string): Credentials {
  const secret = (): string => randomBytes(SECRET_BYTES).toString("base64url");
  const fresh: Credentials = { token: secret(), mqtt: { site: secret(), edge: secret() } };
  mkdirSync(folder, { recursive: true });
  // Two processes may start at once: written aside and linked, so that one wins whole and both use the same.
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(aside, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(aside, path);
    return fresh;
  } catch (error) {
    const winner = readCredentials(folder);
    if (winner === undefined) throw error;
    return winner;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
