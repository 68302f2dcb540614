/**
 * How a sample looks in InfluxDB: measurement `samples`, tags `connection` and `tag`, fields `value` (numbers; 1 or 0 of
 * a boolean), `text` (strings), `flag` (booleans) and `quality`. Each field has one type for ever, so types never
 * conflict, and quality is a field, so that the identity stays (tag, time). Described in docs/influxdb.md.
 */
import { Raw, type IPoint } from "influx";
import type { QuarterRow } from "../../kpi/quarterrows.ts";
import type { Quality, Sample, Value } from "../../model/sample.ts";
import type { Micros, TagId } from "../../model/units.ts";

export const MEASUREMENT = "samples";

interface TagParts {
  readonly connection: string;
  readonly tag: string;
}

function partsOf(id: TagId): TagParts {
  const slash = id.indexOf("/");
  return slash < 0 ? { connection: "", tag: id } : { connection: id.slice(0, slash), tag: id.slice(slash + 1) };
}

/**
 * A tag value cannot end in a backslash (it would escape what follows) and cannot be empty. Both, and names that
 * already end in the mark, get the mark: an invisible character, so that different names stay apart.
 */
const MARK = "\u200c";
const storable = (name: string): string => (name === "" || /[\\\u200c]$/.test(name) ? name + MARK : name);

/** A backslash stands for itself unless it precedes what it escapes, so only separators and line breaks need care. */
const escapedTag = (name: string): Raw =>
  new Raw(storable(name).replaceAll(/[,= ]/g, "\\$&").replaceAll("\n", "\\\\n"));
/** Inside a quoted field only these two are special; line breaks may stand. */
const quotedField = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
/** The library writes whatever is not a string as it prints: that is how our own quoting gets through. */
const printed = (text: string): object => ({ toString: () => text });

const PRINTED_QUALITIES: Readonly<Record<Quality, object>> = {
  good: printed(`"good"`),
  uncertain: printed(`"uncertain"`),
  bad: printed(`"bad"`),
};

/** Tags escaped once per tag, not once per sample. The library's own escaping doubles the backslash of `\'`. */
export function createPointMaker(): (sample: Sample) => IPoint {
  const known = new Map<TagId, Record<string, string>>();
  const tagsOf = (id: TagId): Record<string, string> => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const { connection, tag } = partsOf(id);
    // Typed as strings, yet the library's escaping takes Raw as it stands.
    const made = { connection: escapedTag(connection), tag: escapedTag(tag) } as unknown as Record<string, string>;
    if (known.size < MAX_KNOWN) known.set(id, made);
    return made;
  };
  return ({ tag, time, value, quality }) => ({
    measurement: MEASUREMENT,
    tags: tagsOf(tag),
    fields: fieldsOf(value, quality),
    // As text: the number 0 would count as absent.
    timestamp: String(time),
  });
}
/** More tags than one site has; beyond this they are escaped each time. */
const MAX_KNOWN = 100_000;

function fieldsOf(value: Value | null, quality: Quality): Record<string, unknown> {
  const fields: Record<string, unknown> = { quality: PRINTED_QUALITIES[quality] };
  if (typeof value === "string") fields["text"] = printed(quotedField(value));
  // String(-0) is "0".
  else if (typeof value === "number") fields["value"] = Object.is(value, -0) ? printed("-0") : value;
  else if (value !== null) {
    fields["value"] = Number(value);
    fields["flag"] = value;
  }
  return fields;
}

/** The ledger's sums of one machine and quarter, in measurement `ledger`; machine keys need no escaping. */
export const quarterPoint = ({ machine, from, fields }: QuarterRow): IPoint => ({
  measurement: "ledger",
  tags: { machine },
  fields: { ...fields },
  timestamp: String(from),
});

/** The rows of a query for these columns. */
export const COLUMNS = `"value", "text", "flag", "quality"`;
export function sampleOf(tag: TagId, row: Readonly<Record<string, unknown>>): Sample {
  const { value, text, flag, quality } = row;
  const kept = typeof text === "string" ? text : typeof flag === "boolean" ? flag : value;
  return {
    tag,
    time: Number(row["time"]) as Micros,
    value: typeof kept === "string" || typeof kept === "number" || typeof kept === "boolean" ? kept : null,
    quality: quality === "good" || quality === "uncertain" ? quality : "bad",
  };
}

/** InfluxQL: text in single quotes, in which a backslash escapes. */
const literal = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&").replaceAll("\n", "\\n")}'`;
export function whereTag(id: TagId): string {
  const { connection, tag } = partsOf(id);
  return `"connection" = ${literal(storable(connection))} AND "tag" = ${literal(storable(tag))}`;
}
