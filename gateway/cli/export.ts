/** `fieldlab export`: stored samples as CSV, streamed from the running gateway. */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { pipeline } from "node:stream/promises";
import { micros } from "../model/units.ts";
import { parseInstant, wallClock } from "../model/time.ts";
import { PlantReply } from "../site/api/replies.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { connectGateway } from "./gateway.ts";
import { rangeQuery } from "./moment.ts";

/** Without --from: the last day. */
const DEFAULT_HOURS = 24;

export async function run(given: Given): Promise<ExitCode> {
  const gateway = connectGateway(given);
  const plant = await gateway.get("/plant", {}, PlantReply);
  const known = plant.tags.map(({ id }) => id);
  const asked = given.all("tag");
  const unknown = asked.filter((tag) => !known.includes(tag));
  if (unknown.length > 0) throw new Ends(EXIT.failed, `there is no tag ${unknown.map((tag) => `"${tag}"`).join(", ")}`);
  const now = parseInstant(plant.clock.now) ?? wallClock.now();
  const range = rangeQuery(given.text("from"), given.text("to"), plant.timeZone, micros(now), DEFAULT_HOURS);
  const query = new URLSearchParams(range);
  for (const tag of asked.length === 0 ? known : asked) query.append("tag", tag);
  const output = given.text("output");
  const body = Readable.fromWeb((await gateway.stream("/export.csv", query)) as ReadableStream<Uint8Array>);
  if (output === undefined) await pipeline(body, process.stdout, { end: false });
  else await pipeline(body, createWriteStream(output));
  return EXIT.ok;
}
