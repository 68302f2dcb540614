/** The API of a real broker, ingest and historian on loopback, over a ledger that the test wrote. */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import type { Slice } from "../../../../gateway/kpi/ledger.ts";
import { connected, connectMqtt } from "../../../../gateway/link/connect.ts";
import { createLog } from "../../../../gateway/log.ts";
import { encodeBatch } from "../../../../gateway/model/batch.ts";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import { Receipt, topics } from "../../../../gateway/model/messages.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import { millis, micros } from "../../../../gateway/model/units.ts";
import { createApi, type Api } from "../../../../gateway/site/api/server.ts";
import type { Running, Source } from "../../../../gateway/site/api/source.ts";
import { tagsOf } from "../../../../gateway/site/api/tags.ts";
import { startBroker } from "../../../../gateway/site/broker.ts";
import { openHistorian } from "../../../../gateway/site/historian/open.ts";
import { startIngest } from "../../../../gateway/site/ingest.ts";
import { createMetrics } from "../../../../gateway/site/metrics.ts";
import { writtenBook, type WrittenBook } from "./ledgerbook.ts";
import { plant } from "./plant.ts";

export const TOKEN = "a-token-of-a-test-that-is-long-enough";

export interface TestSite extends AsyncDisposable {
  readonly api: Api;
  readonly address: string;
  readonly book: WrittenBook;
  readonly source: Source;
  readonly running: Running;
  readonly mqttUrl: string;
  /** Sends samples as the edge would and resolves when they are receipted. */
  send(samples: readonly Sample[]): Promise<void>;
  /** A request with the token. */
  get(path: string): Promise<Response>;
  /** From now on the site says that it is still starting. */
  stop(): void;
}

export interface TestSiteOptions {
  readonly slices?: readonly Slice[];
  /** The instant that the site takes for now. */
  readonly now?: string;
  readonly host?: string;
}

export async function testSite({ slices = [], now, host = "127.0.0.1" }: TestSiteOptions = {}): Promise<TestSite> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "fieldlab-api-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const pages = join(folder, "pages");
  await mkdir(join(pages, "assets"), { recursive: true });
  await writeFile(join(pages, "index.html"), "<!doctype html><title>pages</title>");
  await writeFile(join(pages, "assets", "main-1a2b3c.js"), "export {};");
  await writeFile(join(folder, "secrets.json"), TOKEN);

  const log = createLog("test", "silent");
  const passwords = { site: "site-password", edge: "edge-password" };
  const broker = stack.use(await startBroker({ host: "127.0.0.1", port: 0, passwords, log }));
  const mqtt = { broker: "embedded", host: "127.0.0.1", port: broker.port } as const;
  const client = await connectMqtt(mqtt, { clientId: "site", username: "site", password: passwords.site });
  stack.defer(() => client.endAsync(true));
  await connected(client, millis(5000));
  const fixed = now === undefined ? undefined : micros(Date.parse(now) * 1000);
  const clock = { speed: 1, now: () => fixed ?? micros(Date.now() * 1000) };
  const historian = stack.use(await openHistorian({ storage: plant.storage, folder, log, now: clock.now }));
  const book = writtenBook(slices);
  const ingest = stack.use(
    await startIngest({
      client,
      historian,
      folder,
      now: clock.now,
      log,
      tags: [...tagsOf(plant).keys()],
      onStored: (columns) => book.stored(columns),
    }),
  );
  let running: Running | undefined = { ledger: book, historian, ingest, brokerConnected: () => client.connected };
  const all = running;
  const source: Source = {
    plant,
    clock,
    running: () => running,
    startingError: () => undefined,
    loopLagMs: () => 0,
  };
  const api = await createApi({ source, token: TOKEN, metrics: createMetrics(source), log, host, pages });
  stack.defer(() => api.close());
  await api.listen({ host: "127.0.0.1", port: 0 });
  const address = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;

  const edge = await connectMqtt(mqtt, { clientId: "edge1", username: "edge1", password: passwords.edge });
  stack.defer(() => edge.endAsync(true));
  let sequence = 0;
  const stream = "0123456789abcdef0123456789abcdef";
  const stored = new Set<() => void>();
  let storedTo = 0;
  edge.on("message", (_topic, payload) => {
    storedTo = Receipt.parse(JSON.parse(payload.toString())).stored.at(-1)?.[1] ?? 0;
    for (const check of stored) check();
  });
  await edge.subscribeAsync(topics.receipt("edge1"), { qos: 1 });

  return {
    api,
    address,
    book,
    source,
    running: all,
    mqttUrl: broker.url,
    send: async (samples) => {
      const mine = ++sequence;
      await edge.publishAsync(
        topics.batch("edge1"),
        encodeBatch({ stream, sequence: mine, columns: columnsOf(samples) }),
        { qos: 1 },
      );
      await new Promise<void>((resolve) => {
        const check = () => {
          if (storedTo >= mine && stored.delete(check)) resolve();
        };
        stored.add(check);
        check();
      });
    },
    get: (path) => fetch(`${address}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } }),
    stop: () => {
      running = undefined;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A good sample at an instant. */
export const sample = (tag: string, time: string, value: Sample["value"]): Sample => ({
  tag: tag as Sample["tag"],
  time: micros(Date.parse(time) * 1000),
  value,
  quality: "good",
});
