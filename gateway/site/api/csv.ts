/** Samples as CSV that `fieldlab import` reads back and a spreadsheet opens without running anything. */
import type { Sample, Value } from "../../model/sample.ts";
import { formatInstant } from "../../model/time.ts";

const HEADER = "time,tag,value,quality\r\n";

/** One chunk of text per page of samples: the reader's pace decides when the next page is fetched. */
export async function* csvLines(pages: AsyncIterable<readonly Sample[]>): AsyncGenerator<string> {
  yield HEADER;
  for await (const page of pages) yield page.map(csvLine).join("");
}

export const csvLine = ({ time, tag, value, quality }: Sample): string =>
  `${formatInstant(time)},${csvField(tag)},${csvValue(value)},${quality}\r\n`;

/** Numbers and booleans stand bare; text that looks like one is quoted, so that it comes back as text. */
function csvValue(value: Value | null): string {
  if (value === null) return "";
  if (typeof value === "string") return quoted(value);
  // String(-0) is "0": the sign of a zero is part of what the device said.
  return Object.is(value, -0) ? "-0" : String(value);
}

const csvField = (text: string): string => (/^[\w$ ./-]+$/.test(text) && !/^[-]/.test(text) ? text : quoted(text));

/**
 * A spreadsheet takes a text that begins so for a formula, whatever the quotes (OWASP, CSV injection); one apostrophe
 * before it stops that. A text that begins with an apostrophe gets one too, so that the import can take it off again.
 */
const FORMULA = /^['=+\-@\t\r\n]/;

const quoted = (text: string): string => `"${FORMULA.test(text) ? "'" : ""}${text.replaceAll('"', '""')}"`;
