/** A process to be killed: writes numbered samples without end, compacts all the time, and prints what is confirmed. */
import { createLog } from "../../../../gateway/log.ts";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import { micros, millis, tagId } from "../../../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../../../gateway/site/historian/embedded.ts";

const [path = "", first = "0", start = "0"] = process.argv.slice(2);
const historian = new EmbeddedHistorian({
  path,
  retention: millis(400 * 86_400_000),
  now: () => micros(Number(start)),
  log: createLog("writer", "silent"),
});
let next = Number(first);

async function writeOn(): Promise<never> {
  for (;;) {
    const samples = Array.from({ length: 200 }, (_, k): Sample => {
      const number = next + k;
      // Two seconds apart and on three tags: windows are shared by many writes and hours change quickly.
      const time = micros(Number(start) + number * 2_000_000);
      return { tag: tagId("press", `t${number % 3}`), time, value: number, quality: "good" };
    });
    await historian.write([columnsOf(samples), columnsOf(samples.slice(0, 20))]);
    next += samples.length;
    process.stdout.write(`${next}\n`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function compactOn(): Promise<never> {
  for (;;) {
    await historian.compact();
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

await Promise.race([writeOn(), compactOn()]);
