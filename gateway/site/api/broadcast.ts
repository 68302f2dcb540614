/** Server-sent events to many browsers: each event is written once as bytes, and who does not read is let go. */
import type { ServerResponse } from "node:http";
import type { z } from "zod";
import type { events } from "./replies.ts";

/** A thousand wall screens and phones, with room; each costs a socket and no more. */
export const MAX_READERS = 2000;
/** What may wait in the gateway for one reader: about a minute of events of a mid-sized plant. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Proxies and browsers take half a minute of silence for a dead line. */
const HEARTBEAT_MS = 15_000;

export type EventName = keyof typeof events;
export type EventData<Name extends EventName> = z.infer<(typeof events)[Name]>;

interface Reader {
  readonly stream: ServerResponse;
  /** Looked at with every heartbeat, so that a closed session gets no more than that. */
  readonly allowed: () => boolean;
}

export class Broadcast implements AsyncDisposable {
  readonly #readers = new Set<Reader>();
  readonly #heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  #cutOff = 0;

  get readers(): number {
    return this.#readers.size;
  }
  /** Readers that were let go because they did not read. */
  get cutOff(): number {
    return this.#cutOff;
  }

  /** @param first events that bring the reader up to date, as bytes */
  add(stream: ServerResponse, allowed: () => boolean, first: readonly Buffer[]): void {
    const reader: Reader = { stream, allowed };
    this.#readers.add(reader);
    stream.on("error", () => this.#readers.delete(reader));
    stream.on("close", () => this.#readers.delete(reader));
    // After a lost line the browser waits this long before it tries again.
    stream.write("retry: 2000\n\n");
    for (const bytes of first) this.#write(reader, bytes);
  }

  send<Name extends EventName>(name: Name, data: EventData<Name>): void {
    if (this.#readers.size === 0) return;
    const bytes = eventBytes(name, data);
    for (const reader of this.#readers) this.#write(reader, bytes);
  }

  #write(reader: Reader, bytes: Buffer): void {
    if (reader.stream.writableLength > MAX_UNREAD_BYTES) {
      this.#cutOff++;
      this.#drop(reader);
      return;
    }
    reader.stream.write(bytes);
  }

  #beat(): void {
    const bytes = Buffer.from(": still here\n\n");
    for (const reader of this.#readers) {
      if (reader.allowed()) this.#write(reader, bytes);
      else this.#drop(reader);
    }
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    reader.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const reader of this.#readers) this.#drop(reader);
  }
}

export const eventBytes = <Name extends EventName>(name: Name, data: EventData<Name>): Buffer =>
  Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
