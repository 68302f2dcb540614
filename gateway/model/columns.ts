/** Many samples as typed arrays, and the byte tricks that make them small. Shared by the wire and the stores. */
import { zstdCompressSync, zstdDecompressSync, constants } from "node:zlib";
import type { Quality, Sample, Value } from "./sample.ts";
import type { Micros, TagId } from "./units.ts";

/** Samples in the order in which they were accepted; entry i of each array belongs to sample i. */
export interface SampleColumns {
  readonly tags: readonly TagId[];
  /** Index into `tags`. */
  readonly tagIndex: Uint16Array;
  /** Microseconds since 1970. */
  readonly times: Float64Array;
  /** Bits 0–1: quality; bits 2–3: kind. See `packFlags`. */
  readonly flags: Uint8Array;
  /** The number; 0 or 1 of a boolean; the index into `strings` of a string; 0 of a null. */
  readonly values: Float64Array;
  readonly strings: readonly string[];
}

export const QUALITIES: readonly Quality[] = ["good", "uncertain", "bad"];
export const KIND_NULL = 0;
export const KIND_NUMBER = 1;
export const KIND_STRING = 2;
export const KIND_BOOLEAN = 3;

export const packFlags = (kind: number, quality: Quality): number => (kind << 2) | QUALITIES.indexOf(quality);
export const kindOf = (flags: number): number => (flags >> 2) & 3;
export const qualityOf = (flags: number): Quality => QUALITIES[flags & 3] ?? "bad";

export function kindOfValue(value: Value | null): number {
  if (value === null) return KIND_NULL;
  if (typeof value === "number") return KIND_NUMBER;
  return typeof value === "string" ? KIND_STRING : KIND_BOOLEAN;
}

/** The value that `flags` and a number from the value column stand for. */
export function unpackValue(flags: number, packed: number, strings: readonly string[]): Value | null {
  switch (kindOf(flags)) {
    case KIND_NUMBER:
      return packed;
    case KIND_STRING:
      return strings[packed] ?? null;
    case KIND_BOOLEAN:
      return packed !== 0;
    default:
      return null;
  }
}

export function columnsOf(samples: readonly Sample[]): SampleColumns {
  const n = samples.length;
  const tags: TagId[] = [];
  const tagNumbers = new Map<TagId, number>();
  const strings: string[] = [];
  const stringNumbers = new Map<string, number>();
  const tagIndex = new Uint16Array(n);
  const times = new Float64Array(n);
  const flags = new Uint8Array(n);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const sample = samples[i];
    if (sample === undefined) break;
    tagIndex[i] = numberOf(sample.tag, tags, tagNumbers);
    times[i] = sample.time;
    flags[i] = packFlags(kindOfValue(sample.value), sample.quality);
    const { value } = sample;
    values[i] = typeof value === "string" ? numberOf(value, strings, stringNumbers) : Number(value ?? 0);
  }
  return { tags, tagIndex, times, flags, values, strings };
}

function numberOf<Text extends string>(text: Text, list: Text[], numbers: Map<Text, number>): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, list.length);
  return list.push(text) - 1;
}

export function sampleAt(columns: SampleColumns, i: number): Sample {
  const flags = columns.flags[i] ?? 0;
  return {
    tag: columns.tags[columns.tagIndex[i] ?? 0] ?? ("" as TagId),
    time: (columns.times[i] ?? 0) as Micros,
    value: unpackValue(flags, columns.values[i] ?? 0, columns.strings),
    quality: qualityOf(flags),
  };
}

export function samplesOf(columns: SampleColumns): Sample[] {
  return Array.from(columns.times, (_, i) => sampleAt(columns, i));
}

/** Groups byte k of every double together: neighbouring samples share their high bytes, so zstd finds long runs. */
export function shuffle(doubles: Float64Array): Uint8Array {
  const bytes = new Uint8Array(doubles.buffer, doubles.byteOffset, doubles.byteLength);
  const out = new Uint8Array(bytes.length);
  const n = doubles.length;
  for (let plane = 0; plane < 8; plane++) {
    const start = plane * n;
    for (let i = 0, from = plane; i < n; i++, from += 8) out[start + i] = bytes[from] as number;
  }
  return out;
}

/** Undoes `shuffle`. `planes` holds 8 × n bytes. */
export function unshuffle(planes: Uint8Array): Float64Array {
  const n = planes.length >>> 3;
  const doubles = new Float64Array(n);
  const bytes = new Uint8Array(doubles.buffer);
  for (let plane = 0; plane < 8; plane++) {
    const start = plane * n;
    for (let i = 0, to = plane; i < n; i++, to += 8) bytes[to] = planes[start + i] as number;
  }
  return doubles;
}

/**
 * Level 1: on shuffled columns the higher levels save under 5 % and cost several times the CPU. With the checksum a
 * flipped bit on a disk or a wire is refused; without it, it would come out as another value.
 */
export const compress = (bytes: Uint8Array): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } });

/** @param limit most bytes to produce; more means damage or an attack, and throws */
export const decompress = (bytes: Uint8Array, limit: number): Buffer =>
  zstdDecompressSync(bytes, { maxOutputLength: limit });
