import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "mqtt";
import { expect, test } from "vitest";
import { PlantConfig } from "../../../gateway/config/schema.ts";
import { createLog } from "../../../gateway/log.ts";
import { encodeBatch } from "../../../gateway/model/batch.ts";
import { columnsOf } from "../../../gateway/model/columns.ts";
import { Receipt, topics } from "../../../gateway/model/messages.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";
import { openHistorian } from "../../../gateway/site/historian/open.ts";
import { freePort } from "../../servers/ports.ts";
import { eventually, startProcess } from "../../system/processes.ts";

const CHILD = fileURLToPath(new URL("./sitechild.ts", import.meta.url));
const STREAM = "ffeeddccbbaa99887766554433221100";
const passwords = ["the-site-password", "the-edge-password"] as const;
const KILLS = 5;
const PER_BATCH = 50;
/** Batches without a receipt at which the edge stops making new ones. */
const WINDOW = 200;

test("broker, ingest and historian killed under load: what was receipted, and what is resent, is there once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "killed-"));
  const port = await freePort();
  const tag = tagId("press", "power");
  const start = wallClock.now();
  const payload = (sequence: number): Buffer => {
    const samples = Array.from({ length: PER_BATCH }, (_, k): Sample => {
      const number = (sequence - 1) * PER_BATCH + k;
      return { tag, time: micros(start + number), value: number, quality: "good" };
    });
    return encodeBatch({ stream: STREAM, sequence, columns: columnsOf(samples) });
  };
  const receipted = new Set<number>();
  let newest = 0;
  const edge = connect(`mqtt://127.0.0.1:${port}`, {
    username: "edge1",
    password: passwords[1],
    reconnectPeriod: 50,
    reconnectOnConnackError: true,
  });
  edge.on("error", () => undefined);
  edge.on("message", (_topic, message) => {
    for (const [first, last] of Receipt.parse(JSON.parse(message.toString())).stored) {
      for (let sequence = first; sequence <= last; sequence++) receipted.add(sequence);
    }
  });
  edge.subscribe(topics.receipt("edge1"), { qos: 1 });
  const send = (sequence: number) => {
    if (edge.connected) edge.publish(topics.batch("edge1"), payload(sequence), { qos: 1 });
  };
  // As the outbox does: new batches at once, and again what has no receipt.
  const fresh = setInterval(() => {
    if (edge.connected && newest - receipted.size < WINDOW) send(++newest);
  }, 5);
  const again = setInterval(() => {
    for (let sequence = 1, sent = 0; sequence <= newest && sent < WINDOW; sequence++) {
      if (receipted.has(sequence)) continue;
      send(sequence);
      sent++;
    }
  }, 200);
  const startSite = () =>
    startProcess(process.execPath, [
      "--disable-warning=ExperimentalWarning",
      CHILD,
      folder,
      String(port),
      ...passwords,
    ]);
  let site = startSite();
  for (let i = 0; i < KILLS; i++) {
    const before = receipted.size;
    await eventually("receipts arrive", () => (receipted.size > before ? true : undefined));
    await sleep(Math.random() * 200);
    await site.kill();
    site = startSite();
  }
  clearInterval(fresh);
  await eventually("all is receipted", () => (receipted.size === newest ? true : undefined));
  clearInterval(again);
  edge.end(true);
  await site.kill();
  {
    const storage = PlantConfig.shape.storage.parse({});
    await using historian = await openHistorian({ storage, folder, log: createLog("test", "silent") });
    const range = { from: micros(0), to: micros(start + 1e12) };
    expect(await historian.count([tag], range)).toBe(newest * PER_BATCH);
    let expected = 0;
    for await (const page of historian.scan([tag], range)) for (const { value } of page) expect(value).toBe(expected++);
  }
  rmSync(folder, { recursive: true });
}, 120_000);
