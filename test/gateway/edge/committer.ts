/** A process that commits samples as fast as it can and says which ones are accepted, until it is killed. */
import { writeSync } from "node:fs";
import { openOutbox } from "../../../gateway/edge/outbox.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";

const [path = "", first = "0"] = process.argv.slice(2);
const outbox = openOutbox({ path, edge: "edge1", now: () => wallClock.now() });
let next = Number(first);

for (;;) {
  const samples = Array.from({ length: 50 }, (_, i): Sample => ({
    tag: tagId("press", "count"),
    time: micros(1_700_000_000_000_000 + next + i),
    value: next + i,
    quality: "good",
  }));
  outbox.accept(samples);
  if (!outbox.commit()) throw new Error("the outbox refused");
  next += 50;
  // Written at once and not buffered: what stands here was accepted.
  writeSync(1, `${next}\n`);
  if (next % 1000 === 0) outbox.free([[1, Math.max(0, outbox.state().sequence - 200)]]);
}
