/** Reads `time,tag,value,quality` line by line, whatever its size, and says of each wrong line what is wrong. */
import type { Quality, Sample, Value } from "../model/sample.ts";
import { MAX_STRING_BYTES } from "../model/sample.ts";
import { parseInstant } from "../model/time.ts";
import type { TagId } from "../model/units.ts";
import { nearest } from "../config/nearest.ts";

export const CSV_HEADER = "time,tag,value,quality";
/** Longest line that is read: the longest text value with all its quotes doubled, and the rest of the line. */
const MAX_LINE = MAX_STRING_BYTES * 2 + 1000;
/** Longest sound of a value in a message. */
const MAX_SHOWN = 60;

export interface BadLine {
  readonly line: number;
  readonly reason: string;
}
export type CsvItem = { readonly kind: "sample"; readonly sample: Sample } | ({ readonly kind: "bad" } & BadLine);

/** @param known tags that the plant has; a sample of any other would never be read again */
export async function* csvSamples(text: AsyncIterable<string>, known: ReadonlySet<string>): AsyncGenerator<CsvItem> {
  const previous = new Map<TagId, Sample>();
  let header = false;
  for await (const { line, fields } of records(text)) {
    if (!header) {
      header = true;
      const found = fields?.map((field) => field.text.trim()).join(",") ?? "a line without end";
      if (found === CSV_HEADER) continue;
      const advice = found.includes(";") ? "; separate with commas, not semicolons" : "";
      yield { kind: "bad", line, reason: `expected the header "${CSV_HEADER}"; found "${short(found)}"${advice}` };
      return;
    }
    const item =
      fields === undefined ? `longer than ${MAX_LINE} characters, or a quote that is not closed` : read(fields, known);
    if (typeof item === "string") {
      yield { kind: "bad", line, reason: item };
      continue;
    }
    const last = previous.get(item.tag);
    if (last?.time === item.time && !(last.value === item.value && last.quality === item.quality)) {
      yield {
        kind: "bad",
        line,
        reason: "the same tag and time as before with another value; a sample is its tag and time",
      };
      continue;
    }
    previous.set(item.tag, item);
    yield { kind: "sample", sample: item };
  }
  if (!header) yield { kind: "bad", line: 1, reason: `the file is empty; expected the header "${CSV_HEADER}"` };
}

interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

function read(fields: readonly Field[], known: ReadonlySet<string>): Sample | string {
  const [time, tag, value, quality] = fields;
  if (time === undefined || tag === undefined || value === undefined || quality === undefined || fields.length > 4) {
    return `expected 4 fields (${CSV_HEADER}); found ${fields.length}`;
  }
  const at = parseInstant(time.text);
  if (at === undefined) return `time is "${short(time.text)}"; expected RFC 3339 such as 2026-11-24T06:00:00.250Z`;
  if (!known.has(tag.text)) {
    const meant = nearest(tag.text, [...known]);
    return `there is no tag "${short(tag.text)}" in this plant${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
  }
  if (!isQuality(quality.text)) return `quality is "${short(quality.text)}"; expected good, uncertain or bad`;
  const read = valueOf(value);
  if (read === undefined)
    return `value is "${short(value.text)}"; expected a finite number, true, false, text or nothing`;
  if (typeof read === "string" && Buffer.byteLength(read) > MAX_STRING_BYTES) {
    return `value is a text of ${Buffer.byteLength(read)} bytes; expected at most ${MAX_STRING_BYTES}`;
  }
  return { tag: tag.text as TagId, time: at, value: read, quality: quality.text };
}

const isQuality = (text: string): text is Quality => text === "good" || text === "uncertain" || text === "bad";
const short = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** The export puts one apostrophe before text that a spreadsheet would take for a formula. */
const DISARMED = /^'(?=['=+\-@\t\r\n])/;

/** What stands in quotes is text; bare numbers, true and false are what they look like. */
function valueOf({ text, quoted }: Field): Value | null | undefined {
  if (quoted) return text.replace(DISARMED, "");
  const bare = text.trim();
  if (bare === "") return null;
  if (NUMBER.test(bare)) return Number.isFinite(Number(bare)) ? Number(bare) : undefined;
  if (/^true$/i.test(bare)) return true;
  if (/^false$/i.test(bare)) return false;
  return /^[+-]?(nan|inf(inity)?)$/i.test(bare) ? undefined : text;
}

/** Fields of each record with the number of its first line; `undefined` fields: a line that cannot be one. */
async function* records(text: AsyncIterable<string>): AsyncGenerator<{ line: number; fields: Field[] | undefined }> {
  let line = 0;
  let first = 0;
  let open = "";
  for await (const part of lines(text)) {
    line += 1;
    if (open === "") first = line;
    const whole = open === "" ? part : `${open}\n${part}`;
    if (whole.length > MAX_LINE) {
      open = "";
      yield { line: first, fields: undefined };
    } else if (whole.includes('"') && whole.split('"').length % 2 === 0) {
      open = whole;
    } else {
      open = "";
      // Only what stands outside quotes is a line end of Windows.
      const clean = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
      if (clean.trim() !== "") yield { line: first, fields: fieldsOf(clean) };
    }
  }
  if (open !== "") yield { line: first, fields: undefined };
}

/** Lines of the text, each cut where it is longer than any line that is accepted. */
async function* lines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let start = true;
  for await (const chunk of text) {
    const parts = (rest + (start ? chunk.replace(/^\uFEFF/, "") : chunk)).split("\n");
    start = false;
    rest = parts.pop() ?? "";
    yield* parts;
    // Kept longer than allowed, so that it is refused as a whole when its end comes.
    if (rest.length > MAX_LINE * 2) rest = rest.slice(0, MAX_LINE + 1);
  }
  if (rest !== "") yield rest;
}

function fieldsOf(line: string): Field[] | undefined {
  if (!line.includes('"')) return line.split(",").map((text) => ({ text, quoted: false }));
  const fields: Field[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/gy;
  while (pattern.lastIndex < line.length || line.endsWith(",")) {
    const at = pattern.lastIndex;
    const match = pattern.exec(line);
    if (match === null) return undefined;
    const [whole, inQuotes, bare = ""] = match;
    fields.push(
      inQuotes === undefined ? { text: bare, quoted: false } : { text: inQuotes.replaceAll('""', '"'), quoted: true },
    );
    if (!whole.endsWith(",") || (at === line.length && whole === "")) break;
    if (pattern.lastIndex === line.length) {
      fields.push({ text: "", quoted: false });
      break;
    }
  }
  return fields;
}
