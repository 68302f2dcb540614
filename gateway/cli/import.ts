/** `fieldlab import`: samples from a CSV file, through the pipeline, as a backlog. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { readCredentials } from "../config/credentials.ts";
import type { PlantConfig } from "../config/schema.ts";
import { feed } from "../edge/feed.ts";
import { connected, connectMqtt } from "../link/connect.ts";
import { createLog } from "../log.ts";
import type { Sample } from "../model/sample.ts";
import { millis, tagId } from "../model/units.ts";
import type { Given } from "./command.ts";
import { csvSamples, type BadLine } from "./csvsamples.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { choosePlant } from "./plant.ts";
import { endSignal } from "./process.ts";

/** The name under which an import appears beside the real edges. */
const EDGE = "import";
/** Wrong lines shown; the rest is counted. */
const MAX_SHOWN = 20;
/** Samples handed over at a time: a batch's worth, a megabyte. */
const CHUNK = 5_000;
const CONNECT_WITHIN = millis(5_000);

export async function run(given: Given): Promise<ExitCode> {
  const { plant, folder } = choosePlant(given);
  const [file = ""] = given.words;
  if (!existsSync(file)) throw new Ends(EXIT.failed, `${file} is not there; expected a CSV file`);
  const known = tagsOf(plant);
  const { samples, bad, first } = await survey(file, known);
  for (const { line, reason } of first) process.stderr.write(`${file}:${line}  ${reason}\n`);
  if (bad > first.length) process.stderr.write(`… and ${bad - first.length} more wrong lines\n`);
  if (bad > 0 && (!given.flag("skip-bad") || samples === 0)) {
    throw new Ends(
      EXIT.refused,
      `${bad} of ${bad + samples} lines are wrong; nothing was imported (--skip-bad leaves them out)`,
    );
  }
  const password = await passwordOf(plant, folder);
  using end = endSignal();
  const accepted = await feed({
    edge: EDGE,
    path: join(folder, "import.db"),
    mqtt: plant.network.mqtt,
    password,
    samples: chunks(file, known),
    log: createLog("import", process.env["FIELDLAB_LOG"] ?? "error"),
    signal: end.signal,
    onProgress: (progress) => showProgress(progress.accepted - progress.waiting, samples),
  });
  process.stderr.write("\n");
  const skipped = bad === 0 ? "" : `, ${bad} lines left out`;
  process.stdout.write(`${accepted} samples imported and stored${skipped}.\n`);
  return EXIT.ok;
}

const tagsOf = (plant: PlantConfig): ReadonlySet<string> =>
  new Set(
    Object.entries(plant.connections).flatMap(([name, { tags }]) => Object.keys(tags).map((tag) => tagId(name, tag))),
  );

/** The whole file, before anything of it is sent. */
async function survey(
  file: string,
  known: ReadonlySet<string>,
): Promise<{ samples: number; bad: number; first: BadLine[] }> {
  const first: BadLine[] = [];
  let samples = 0;
  let bad = 0;
  for await (const item of csvSamples(textOf(file), known)) {
    if (item.kind === "sample") {
      samples += 1;
    } else {
      bad += 1;
      if (first.length < MAX_SHOWN) first.push(item);
    }
  }
  return { samples, bad, first };
}

async function* chunks(file: string, known: ReadonlySet<string>): AsyncGenerator<readonly Sample[]> {
  let chunk: Sample[] = [];
  for await (const item of csvSamples(textOf(file), known)) {
    if (item.kind === "bad") continue;
    chunk.push(item.sample);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const textOf = (file: string): AsyncIterable<string> =>
  createReadStream(file, { encoding: "utf8", highWaterMark: 256 * 1024 });

/** Ends the command when the broker cannot be reached: an import waits for receipts, so it must not begin alone. */
async function passwordOf({ network }: PlantConfig, folder: string): Promise<string> {
  const credentials = readCredentials(folder);
  if (credentials === undefined) {
    throw new Ends(
      EXIT.unreachable,
      `Nothing has run on ${folder} yet: start the gateway with "fieldlab start", or give --data`,
    );
  }
  const password = credentials.mqtt.edge;
  const client = await connectMqtt(network.mqtt, {
    clientId: `fieldlab-import-${process.pid}`,
    username: EDGE,
    password,
  });
  try {
    await connected(client, CONNECT_WITHIN);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Ends(EXIT.unreachable, `${reason} Start the gateway with "fieldlab start".`, { cause });
  } finally {
    await client.endAsync(true);
  }
  return password;
}

function showProgress(stored: number, all: number): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(
    `\r${Math.max(0, stored)} of ${all} samples stored (${Math.floor((Math.max(0, stored) / all) * 100)} %)`,
  );
}
