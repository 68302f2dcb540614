/** An adapter's context that remembers what it was told, and waits for it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdapterContext, Gap, Protocol, Reading, Trouble } from "../../gateway/model/protocol.ts";
import type { TagFields } from "../../gateway/model/quantity.ts";
import { wallClock } from "../../gateway/model/time.ts";

const POLL = 5;
/** Far above what is needed, so that a busy machine makes a test slow and not wrong. */
const WAIT_LIMIT = 30_000;

export class Recorder implements AsyncDisposable {
  readonly readings: Reading[] = [];
  readonly troubles: Trouble[] = [];
  readonly wells: (string | undefined)[] = [];
  readonly notes: string[] = [];
  readonly gaps: Gap[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "fieldlab-adapter-"));
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  failure: unknown;

  readonly context: AdapterContext = {
    now: () => wallClock.now(),
    speed: 1,
    folder: this.folder,
    emit: (readings) => void this.readings.push(...readings),
    trouble: (trouble) => void this.troubles.push(trouble),
    well: (tag) => void this.wells.push(tag),
    note: (text) => void this.notes.push(text),
    gap: (gap) => void this.gaps.push(gap),
  };

  /** Starts the driver as the configuration would have it. */
  run<Connection extends { readonly tags: Readonly<Record<string, TagFields>> }>(
    protocol: Protocol<Connection>,
    configuration: unknown,
    context: Partial<AdapterContext> = {},
  ): void {
    const connection = protocol.connection.parse(configuration);
    this.#running = protocol
      .run(connection, { ...this.context, ...context }, this.#stop.signal)
      .catch((error: unknown) => {
        this.failure = error;
      });
  }

  async until(what: string, condition: () => boolean, limit = WAIT_LIMIT): Promise<void> {
    const end = performance.now() + limit;
    while (!condition()) {
      if (this.failure !== undefined) throw new Error("the driver failed", { cause: this.failure });
      if (performance.now() > end) {
        const seen = JSON.stringify({ troubles: this.troubles, notes: this.notes, last: this.readings.slice(-5) });
        throw new Error(`not within ${limit} ms: ${what}; ${seen}`);
      }
      await sleep(POLL);
    }
  }

  of(tag: string): Reading[] {
    return this.readings.filter((reading) => reading.tag === tag);
  }
  values(tag: string): Reading["value"][] {
    return this.of(tag).map((reading) => reading.value);
  }
  last(tag: string): Reading | undefined {
    return this.readings.findLast((reading) => reading.tag === tag);
  }
  troubleOf(tag?: string): Trouble | undefined {
    return this.troubles.findLast((trouble) => trouble.tag === tag);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
