/**
 * The bytes of a chunk: one tag's samples of one window of ten minutes, or of one hour for a tag with few samples.
 *
 * When longer than `PLAIN_BYTES` the zstd, otherwise the bytes themselves, of: u32 number of samples n · n bytes of flags · u32 × n distances to the previous time in µs (the first: to the
 * window's start), as 4 planes of n bytes · f64 × n values, as 8 planes of n bytes · the distinct strings as JSON.
 *
 * A chunk that grew is "PART", then several of these one after the other in time, each behind a u32 with its length.
 */
import { compress, decompress, KIND_STRING, kindOf, shuffle, unshuffle } from "../../model/columns.ts";
import { MICROS_PER_SECOND } from "../../model/units.ts";
import { inTurn, type Run } from "./run.ts";

export const WINDOW_MICROS = 600 * MICROS_PER_SECOND;
/** Windows in one chunk of a tag. An hour of a sparse tag costs little more room or time than ten minutes of it. */
export type Span = 1 | 6;
export const HOUR_SPAN = 6;
/** Number of the window at which the chunk begins that holds `time`. */
export const windowOf = (time: number, span: Span): number => Math.floor(time / (WINDOW_MICROS * span)) * span;

/** A tag with fewer samples in ten minutes gets chunks of an hour: a chunk costs some 100 µs however small it is. */
const SPARSE_SAMPLES = 120;
/** Decided once per tag, from the samples that are at hand when its first chunk is made. */
export function spanFor({ times }: Run): Span {
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const perWindow = times.length < 2 ? 0 : ((times.length - 1) * WINDOW_MICROS) / (last - first);
  return perWindow < SPARSE_SAMPLES ? HOUR_SPAN : 1;
}

/** Starting zstd costs more than it saves on so few bytes. */
const PLAIN_BYTES = 256;
const ZSTD_MAGIC = 0xfd2fb528;
/** A window of one tag: 600 samples at 1 Hz. This bound is a guard against damage, not a limit in practice. */
const MAX_CHUNK_BYTES = 1024 * 1024 * 1024;

export function encodeChunk(run: Run, window: number): Buffer {
  const n = run.times.length;
  const gaps = new Uint32Array(n);
  let previous = window * WINDOW_MICROS;
  for (let i = 0; i < n; i++) {
    const time = run.times[i] as number;
    gaps[i] = time - previous;
    previous = time;
  }
  const { values, strings } = ownStrings(run);
  const text = strings.length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(strings));
  const body = Buffer.allocUnsafe(4 + n * 13 + text.length);
  body.writeUInt32LE(n, 0);
  body.set(run.flags, 4);
  body.set(planes(gaps), 4 + n);
  body.set(shuffle(values), 4 + n * 5);
  body.set(text, 4 + n * 13);
  return body.length <= PLAIN_BYTES ? body : compress(body);
}

const PARTS_MAGIC = Buffer.from("PART");
/** Then all is encoded again as one: many short parts pack badly. */
const MAX_PARTS = 16;

/**
 * The chunk with samples behind its own: to encode all of a fast tag's window again for each few new ones would cost
 * many times what they do. `undefined` when it is time for that, or when the samples are not all newer.
 */
export function extendChunk(bytes: Uint8Array, window: number, run: Run): Buffer | undefined {
  const parts = partsOf(bytes);
  const last = parts.at(-1);
  if (last === undefined || parts.length >= MAX_PARTS) return undefined;
  const newest = decodePart(last, window).times.at(-1) ?? -Infinity;
  if ((run.times[0] ?? -Infinity) <= newest) return undefined;
  return Buffer.concat([
    PARTS_MAGIC,
    ...[...parts, encodeChunk(run, window)].flatMap((part) => [lengthOf(part), part]),
  ]);
}

export const decodeChunk = (bytes: Uint8Array, window: number): Run =>
  inTurn(partsOf(bytes).map((part) => decodePart(part, window)));

function lengthOf(part: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(part.length);
  return length;
}

function partsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!stored.subarray(0, PARTS_MAGIC.length).equals(PARTS_MAGIC)) return [stored];
  const parts: Uint8Array[] = [];
  for (let at = PARTS_MAGIC.length; at < stored.length;) {
    const end = at + 4 + (at + 4 <= stored.length ? stored.readUInt32LE(at) : Infinity);
    if (end > stored.length)
      throw new Error(`chunk part ends at byte ${end} of ${stored.length}; the store is damaged`);
    parts.push(stored.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

function decodePart(bytes: Uint8Array, window: number): Run {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = stored.length >= 4 && stored.readUInt32LE(0) === ZSTD_MAGIC;
  const body = packed ? decompress(stored, MAX_CHUNK_BYTES) : stored;
  const n = body.readUInt32LE(0);
  if (body.length < 4 + n * 13) throw new Error(`chunk of ${n} samples has ${body.length} bytes; the store is damaged`);
  const gaps = body.subarray(4 + n, 4 + n * 5);
  const times = new Float64Array(n);
  let time = window * WINDOW_MICROS;
  for (let i = 0; i < n; i++) {
    const gap =
      (gaps[i] as number) +
      (gaps[i + n] as number) * 0x1_00 +
      (gaps[i + 2 * n] as number) * 0x1_00_00 +
      (gaps[i + 3 * n] as number) * 0x1_00_00_00;
    time += gap;
    times[i] = time;
  }
  const text = body.subarray(4 + n * 13);
  return {
    times,
    flags: body.subarray(4, 4 + n),
    values: unshuffle(body.subarray(4 + n * 5, 4 + n * 13)),
    strings: text.length === 0 ? [] : (JSON.parse(text.toString("utf8")) as string[]),
  };
}

/** Only the strings that this run uses: a run cut from a larger one carries all of that one's. */
function ownStrings(run: Run): { values: Float64Array; strings: string[] } {
  const strings: string[] = [];
  if (run.strings.length === 0) return { values: run.values, strings };
  const places = new Map<number, number>();
  const values = run.values.map((value, i) => {
    if (kindOf(run.flags[i] as number) !== KIND_STRING) return value;
    const place = places.get(value) ?? strings.push(run.strings[value] ?? "") - 1;
    places.set(value, place);
    return place;
  });
  return { values, strings };
}

function planes(words: Uint32Array): Uint8Array {
  const n = words.length;
  const out = new Uint8Array(n * 4);
  for (let i = 0; i < n; i++) {
    const word = words[i] as number;
    out[i] = word;
    out[i + n] = word >>> 8;
    out[i + 2 * n] = word >>> 16;
    out[i + 3 * n] = word >>> 24;
  }
  return out;
}
