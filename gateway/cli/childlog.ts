/** What a process says: everything into its own file of bounded size, warnings and errors in readable form to the terminal. */
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { printable } from "./table.ts";

/** Two files of this size per process: days of normal life, and harmless on the card of a Pi. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;
/** The same complaint is not repeated on the terminal within this time; the file has it. */
const QUIET_MS = 30_000;
/** Different complaints remembered for that; a process with more has them all shown. */
const MAX_REMEMBERED = 200;
/** Lines kept for a message about a process that did not start. */
const MAX_TAIL = 20;
const MAX_LINE = 1024 * 1024;
/** pino's number for a warning. */
const WARN = 40;

export interface ChildLog {
  readonly out: (data: Buffer) => void;
  /** Standard error: crashes, which are shown whole. */
  readonly err: (data: Buffer) => void;
  /** The last lines, for a message about a process that did not start. */
  readonly tail: () => string;
}

export function openChildLog(name: string, path: string, say: (line: string) => void): ChildLog {
  mkdirSync(dirname(path), { recursive: true });
  let bytes = sizeOf(path);
  const last: string[] = [];
  const shown = new Map<string, number>();

  const keep = (data: Buffer) => {
    if (bytes + data.length > MAX_LOG_BYTES) {
      renameSync(path, `${path}.1`);
      bytes = 0;
    }
    appendFileSync(path, data);
    bytes += data.length;
  };
  const remember = (text: string) => {
    last.push(text);
    if (last.length > MAX_TAIL) last.shift();
  };
  const sayOnce = (key: string, text: string) => {
    const now = Date.now();
    if (now - (shown.get(key) ?? -Infinity) < QUIET_MS) return;
    if (shown.size >= MAX_REMEMBERED) shown.clear();
    shown.set(key, now);
    say(`${name}: ${text}`);
  };
  const lines = inLines((text) => {
    const entry = parse(text);
    // A library that prints is of no concern to the terminal; the file has it.
    if (entry === undefined) return;
    remember(readable(entry));
    // One line for all tags of a connection that fail alike: `fieldlab status` lists them.
    if (Number(entry["level"]) >= WARN)
      sayOnce(`${textOf(entry, "msg")}\0${textOf(entry, "connection")}`, readable(entry));
  });
  const errors = inLines((text) => {
    remember(text);
    say(`${name}: ${text}`);
  });
  return {
    out: (data) => {
      keep(data);
      lines(data);
    },
    err: (data) => {
      keep(data);
      errors(data);
    },
    tail: () => last.map((text) => `${name}: ${text}`).join("\n"),
  };
}

/** Calls `line` for each whole line; a line longer than a megabyte is cut. */
function inLines(line: (text: string) => void): (data: Buffer) => void {
  let rest = "";
  return (data) => {
    const parts = (rest + data.toString()).split("\n");
    rest = (parts.pop() ?? "").slice(0, MAX_LINE);
    for (const part of parts) if (part.trim() !== "") line(part);
  };
}

type Entry = Readonly<Record<string, unknown>>;

/** `warning: what happened (connection; tag; reason; advice)` */
function readable(entry: Entry): string {
  const level = Number(entry["level"]);
  const word = level >= 50 ? "error" : level >= WARN ? "warning" : "info";
  const error = entry["err"] as { readonly message?: unknown } | undefined;
  const message = textOf(entry, "msg");
  const details = ["connection", "tag", "reason", "advice"].map((key) => textOf(entry, key));
  if (typeof error?.message === "string" && error.message !== message) details.push(error.message);
  const said = details.filter((text) => text !== "");
  return `${word}: ${message}${said.length === 0 ? "" : ` (${said.join("; ")})`}`;
}

const textOf = (entry: Entry, key: string): string => (typeof entry[key] === "string" ? printable(entry[key]) : "");

function parse(text: string): Entry | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Entry;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
