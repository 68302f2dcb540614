/** A day in the life of a press, as samples: drawn from a seed, in time order. */
import type { Sample, Value } from "../../../../gateway/model/sample.ts";
import type { Range } from "../../../../gateway/model/time.ts";
import { micros, type TagId } from "../../../../gateway/model/units.ts";

function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param every seconds between polls of the counters; a state changes about every fiftieth time */
export function pressSamples(seed: number, { from, to }: Range, every: number, connection = "plc"): Sample[] {
  const next = random(seed);
  const samples: Sample[] = [];
  const put = (name: string, time: number, value: Value): void => {
    samples.push({ tag: `${connection}/${name}` as TagId, time: micros(Math.round(time)), value, quality: "good" });
  };
  let [state, total, scrap, energy, product] = [6, 65_000, 0, 0, "a"];
  for (let time = from as number; time < to; time += every * 1e6) {
    const shake = next() * 2e5;
    if (next() < 0.02) {
      state = next() < 0.7 ? 6 : (([11, 9, 4, 5] as const)[Math.floor(next() * 4)] ?? 6);
      if (next() < 0.1) product = product === "a" ? "b" : "a";
      put("product", time + shake + 7, product);
    }
    const running = state === 6;
    if (running && next() < 0.9) total = (total + 1) % 65_536;
    if (running && next() < 0.02) scrap++;
    energy += running ? 13 : 2;
    put("energy", time + shake, energy);
    put("power", time + shake, running ? 9000 : 1500);
    put("total", time + shake + 1, total);
    put("scrap", time + shake + 2, scrap);
    put("state", time + shake + 3, state);
  }
  return samples.filter((sample) => sample.time < to).sort((a, b) => a.time - b.time);
}
