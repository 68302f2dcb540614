import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { feed } from "../../../gateway/edge/feed.ts";
import { createLog } from "../../../gateway/log.ts";
import { topics } from "../../../gateway/model/messages.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";
import { startAedes, type BareBroker } from "./brokers.ts";
import { startFakeSite } from "./fakesite.ts";

const log = createLog("test", "silent");
let folder: string;
let broker: BareBroker;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "feed-"));
  broker = await startAedes();
});
afterEach(async () => {
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function* history(count: number, size = 5_000): AsyncGenerator<readonly Sample[]> {
  for (let at = 0; at < count; at += size) {
    yield Array.from({ length: Math.min(size, count - at) }, (_, i): Sample => ({
      tag: tagId("press", `t${(at + i) % 20}`),
      time: micros(1_700_000_000_000_000 + (at + i) * 1000),
      value: at + i,
      quality: "good",
    }));
  }
}

const options = (signal = new AbortController().signal) => ({
  edge: "history",
  path: join(folder, "history.db"),
  mqtt: { broker: "embedded" as const, host: "127.0.0.1", port: broker.port },
  password: "x",
  log,
  signal,
});

describe("feed", () => {
  test("resolves when every sample is stored and receipted, and reports its progress", async () => {
    await using site = await startFakeSite(broker.url);
    const watcher = await connectAsync(broker.url);
    const said: unknown[] = [];
    watcher.on("message", (_topic, payload) => said.push(JSON.parse(payload.toString())));
    await watcher.subscribeAsync(topics.status("history"), { qos: 1 });
    const progress: number[] = [];
    const count = await feed({
      ...options(),
      samples: history(103_000),
      onProgress: ({ accepted, waiting }) => progress.push(accepted - waiting),
    });
    expect(count).toBe(103_000);
    expect(site.stored.size).toBe(103_000);
    expect(progress.at(-1)).toBe(103_000);
    expect(said).toEqual([{ version: 1, online: false, finished: true }]);
    await watcher.endAsync(true);
  });

  test("an aborted feed keeps what was accepted, and the next one with the same file sends it", async () => {
    const controller = new AbortController();
    const stopped = feed({
      ...options(controller.signal),
      samples: history(20_000),
      onProgress: ({ accepted }) => {
        if (accepted === 20_000) controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    await using site = await startFakeSite(broker.url);
    expect(await feed({ ...options(), samples: history(0) })).toBe(0);
    expect(site.stored.size).toBe(20_000);
  });

  test("what no batch can carry is refused by name", async () => {
    const bad: Sample = { tag: tagId("press", "x"), time: micros(1.5), value: 1, quality: "good" };
    const samples = async function* () {
      yield [bad];
    };
    await expect(feed({ ...options(), samples: samples() })).rejects.toThrow(/press\/x at 1.5: expected whole µs/);
  });
});
