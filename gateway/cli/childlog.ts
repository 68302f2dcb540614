/** What a process says: everything into its own file of bounded size, warnings and errors in readable form to the terminal. */
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Two files of this size per process: days of normal life, and harmless on the card of a Pi. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;
/** The same complaint is not repeated on the terminal within this time; the file has it. */
const QUIET_MS = 30_000;
/** Different complaints remembered for that; a process with more has them all shown. */
const MAX_REMEMBERED = 200;
/** pino's number for a warning. */
const WARN = 40;

export interface ChildLog {
  readonly write: (data: Buffer) => void;
  /** The last lines, for a message about a process that did not start. */
  readonly tail: () => string;
}

export function openChildLog(name: string, path: string, say: (line: string) => void): ChildLog {
  mkdirSync(dirname(path), { recursive: true });
  let bytes = sizeOf(path);
  let rest = "";
  const tail: string[] = [];
  const shown = new Map<string, number>();

  const line = (text: string) => {
    tail.push(text);
    if (tail.length > 20) tail.shift();
    const readable = readableLine(name, text);
    if (readable === undefined) return;
    const now = Date.now();
    if (now - (shown.get(readable) ?? -Infinity) < QUIET_MS) return;
    if (shown.size >= MAX_REMEMBERED) shown.clear();
    shown.set(readable, now);
    say(readable);
  };
  return {
    write: (data) => {
      if (bytes + data.length > MAX_LOG_BYTES) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
      appendFileSync(path, data);
      bytes += data.length;
      const lines = (rest + data.toString()).split("\n");
      rest = (lines.pop() ?? "").slice(-10_000);
      for (const text of lines) if (text.trim() !== "") line(text);
    },
    tail: () => [...tail, rest].map((text) => readableLine(name, text, 0) ?? text).join("\n"),
  };
}

/** `edge  warn  what happened (reason)`; undefined when it is of no concern to the terminal. */
function readableLine(name: string, text: string, least = WARN): string | undefined {
  const entry = parse(text);
  // Not ours: a crash before the log was there, or a library that prints.
  if (entry === undefined) return `${name}: ${text}`;
  const level = Number(entry["level"]);
  if (level < least) return undefined;
  const word = level >= 50 ? "error" : level >= WARN ? "warning" : "info";
  const error = entry["err"] as { message?: unknown } | undefined;
  const details = ["connection", "tag", "reason", "advice"].flatMap((key) =>
    typeof entry[key] === "string" ? [entry[key]] : [],
  );
  const message = typeof entry["msg"] === "string" ? entry["msg"] : "";
  if (typeof error?.message === "string" && error.message !== message) details.push(error.message);
  return `${name}: ${word}: ${message}${details.length === 0 ? "" : ` (${details.join("; ")})`}`;
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
