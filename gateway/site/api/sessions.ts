/**
 * Who is logged in. Kept in a file, so that a wall screen stays logged in when the gateway restarts; the file holds
 * digests only, so that reading it lets nobody in.
 */
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Log } from "../../log.ts";

/** A wall screen keeps its session over a holiday; the token stays valid, so that a new one costs one paste. */
export const SESSION_SECONDS = 30 * 86_400;
/** One per browser that logged in; the oldest goes first. */
const MAX_SESSIONS = 1000;
/** 256 bits: cannot be guessed. */
const ID_BYTES = 32;

/** Digest of the session's id → until when it is valid, in seconds since 1970. */
const Stored = z.record(z.string(), z.number());

export interface Sessions {
  /** Opens a session and gives its id, for the cookie. */
  open(): string;
  close(id: string): void;
  lives(id: string): boolean;
}

export interface SessionOptions {
  /** The sessions end when the token changes. */
  readonly token: string;
  /** Undefined: they end with the process. */
  readonly file?: string | undefined;
  readonly log: Log;
  /** Seconds since 1970. */
  readonly now?: () => number;
}

export function openSessions({ token, file, log, now = () => Date.now() / 1000 }: SessionOptions): Sessions {
  const sessions = new Map(Object.entries(file === undefined ? {} : read(file, log)));
  const digest = (id: string) => createHmac("sha256", token).update(id).digest("base64url");
  const keep = () => {
    for (const [key, until] of sessions) if (until <= now()) sessions.delete(key);
    for (const key of sessions.keys()) if (sessions.size > MAX_SESSIONS) sessions.delete(key);
    if (file !== undefined) write(file, Object.fromEntries(sessions), log);
  };
  return {
    open() {
      const id = randomBytes(ID_BYTES).toString("base64url");
      sessions.set(digest(id), now() + SESSION_SECONDS);
      keep();
      return id;
    },
    close(id) {
      if (sessions.delete(digest(id))) keep();
    },
    lives: (id) => (sessions.get(digest(id)) ?? 0) > now(),
  };
}

/** A file that is missing or damaged costs a login, nothing else. */
function read(file: string, log: Log): Record<string, number> {
  try {
    return Stored.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing) log.warn({ file }, "the list of sessions cannot be read; everyone logs in again");
    return {};
  }
}

function write(file: string, sessions: Record<string, number>, log: Log): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(sessions), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.warn({ err: error, file }, "the list of sessions cannot be written; after a restart everyone logs in again");
  }
}
