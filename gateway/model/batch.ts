/**
 * The batch: samples that were committed together at the edge and travel together. The bytes that the outbox keeps are
 * the bytes that MQTT carries; nothing is encoded twice.
 *
 * Layout, little endian:
 *   0   4 bytes  "FLB1"
 *   4   16 bytes stream: random id of the outbox that numbered this batch (a lost outbox starts a new stream)
 *   20  f64      sequence: 1, 2, 3 … within the stream
 *   28  u32      number of samples n
 *   32  u32      length of the body before compression
 *   36  …        body, zstd:
 *       u16 number of tags, then per tag u16 length and UTF-8
 *       u32 number of strings, then per string u32 length and UTF-8
 *       u16 × n tag index
 *       u8 × n flags (bits 0–1 quality: 0 good, 1 uncertain, 2 bad; bits 2–3 kind: 0 null, 1 number, 2 string, 3 boolean)
 *       f64 × n times in µs since 1970, as 8 planes of n bytes
 *       f64 × n values, as 8 planes of n bytes (string: index; boolean: 0 or 1; null: 0)
 */
import { compress, decompress, kindOf, KIND_STRING, shuffle, unshuffle, type SampleColumns } from "./columns.ts";
import type { TagId } from "./units.ts";

export interface Batch {
  /** 32 hexadecimal digits. */
  readonly stream: string;
  readonly sequence: number;
  readonly columns: SampleColumns;
}

export const MAX_BATCH_SAMPLES = 10_000;
/** What one MQTT message may hold; ten thousand samples of 8-byte values stay far below it. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** What a batch may unpack to: the guard against a small message that unpacks to gigabytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const MAGIC = "FLB1";
const HEADER_BYTES = 36;
const STREAM = /^[0-9a-f]{32}$/;

export function encodeBatch({ stream, sequence, columns }: Batch): Buffer {
  const n = columns.times.length;
  if (!STREAM.test(stream)) throw new Error(`stream is "${stream}"; expected 32 hexadecimal digits`);
  if (n > MAX_BATCH_SAMPLES) throw new Error(`batch of ${n} samples; at most ${MAX_BATCH_SAMPLES} fit in one`);
  const tags = columns.tags.map((tag) => Buffer.from(tag));
  const strings = columns.strings.map((text) => Buffer.from(text));
  const tagBytes = tags.reduce((sum, tag) => sum + 2 + tag.length, 2);
  const stringBytes = strings.reduce((sum, text) => sum + 4 + text.length, 4);
  const body = Buffer.allocUnsafe(tagBytes + stringBytes + n * 19);
  let at = body.writeUInt16LE(tags.length, 0);
  for (const tag of tags) {
    at = body.writeUInt16LE(tag.length, at);
    at += tag.copy(body, at);
  }
  at = body.writeUInt32LE(strings.length, at);
  for (const text of strings) {
    at = body.writeUInt32LE(text.length, at);
    at += text.copy(body, at);
  }
  const { tagIndex } = columns;
  body.set(new Uint8Array(tagIndex.buffer, tagIndex.byteOffset, n * 2), at);
  at += n * 2;
  body.set(columns.flags, at);
  body.set(shuffle(columns.times), at + n);
  body.set(shuffle(columns.values), at + n * 9);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, "latin1");
  header.write(stream, 4, "hex");
  header.writeDoubleLE(sequence, 20);
  header.writeUInt32LE(n, 28);
  header.writeUInt32LE(body.length, 32);
  return Buffer.concat([header, compress(body)]);
}

/** The stream and sequence alone, without unpacking. `undefined` when it is no batch. */
export function batchHeader(payload: Buffer): { stream: string; sequence: number; samples: number } | undefined {
  if (payload.length < HEADER_BYTES || payload.toString("latin1", 0, 4) !== MAGIC) return undefined;
  const sequence = payload.readDoubleLE(20);
  if (!Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  return { stream: payload.toString("hex", 4, 20), sequence, samples: payload.readUInt32LE(28) };
}

/** Throws with what is wrong when the bytes are not a whole, consistent batch. */
export function decodeBatch(payload: Buffer): Batch {
  const header = batchHeader(payload);
  if (header === undefined)
    throw new Error(`not a batch: expected ${HEADER_BYTES} or more bytes that begin with ${MAGIC}`);
  const length = payload.readUInt32LE(32);
  const n = header.samples;
  if (n > MAX_BATCH_SAMPLES) throw new Error(`batch says ${n} samples; at most ${MAX_BATCH_SAMPLES} are accepted`);
  if (length > MAX_BODY_BYTES) throw new Error(`batch says ${length} bytes; at most ${MAX_BODY_BYTES} are accepted`);
  const body = decompress(payload.subarray(HEADER_BYTES), MAX_BODY_BYTES);
  if (body.length !== length) throw new Error(`batch unpacks to ${body.length} bytes; its header says ${length}`);
  const reader = new Reader(body);
  const tags = reader.texts(reader.u16(), () => reader.u16()) as TagId[];
  const strings = reader.texts(reader.u32(), () => reader.u32());
  const tagIndex = new Uint16Array(n);
  new Uint8Array(tagIndex.buffer).set(reader.take(n * 2));
  const flags = Uint8Array.from(reader.take(n));
  const times = unshuffle(reader.take(n * 8));
  const values = unshuffle(reader.take(n * 8));
  for (let i = 0; i < n; i++) {
    if ((tagIndex[i] as number) >= tags.length)
      throw new Error(`sample ${i} names tag ${tagIndex[i]} of ${tags.length}`);
    if (!Number.isSafeInteger(times[i])) throw new Error(`sample ${i} has time ${times[i]}; expected whole µs`);
    if (kindOf(flags[i] as number) === KIND_STRING && strings[values[i] as number] === undefined) {
      throw new Error(`sample ${i} names string ${values[i]} of ${strings.length}`);
    }
  }
  return {
    stream: header.stream,
    sequence: header.sequence,
    columns: { tags, tagIndex, times, flags, values, strings },
  };
}

class Reader {
  readonly #body: Buffer;
  #at = 0;
  constructor(body: Buffer) {
    this.#body = body;
  }
  take(length: number): Buffer {
    const start = this.#pass(length);
    return this.#body.subarray(start, this.#at);
  }
  u16(): number {
    return this.#body.readUInt16LE(this.#pass(2));
  }
  u32(): number {
    return this.#body.readUInt32LE(this.#pass(4));
  }
  texts(count: number, length: () => number): string[] {
    const list: string[] = [];
    for (let i = 0; i < count; i++) {
      const start = this.#pass(length());
      list.push(this.#body.toString("utf8", start, this.#at));
    }
    return list;
  }
  /** Where the next `length` bytes begin. */
  #pass(length: number): number {
    const start = this.#at;
    const end = start + length;
    if (end > this.#body.length) throw new Error(`batch ends at byte ${this.#body.length}; expected at least ${end}`);
    this.#at = end;
    return start;
  }
}
