/** A historian in memory, for the speed and the order of things; the embedded one has its own tests beside it. */
import { sampleAt, type SampleColumns } from "../../../../gateway/model/columns.ts";
import type { Historian } from "../../../../gateway/model/historian.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import type { TagId } from "../../../../gateway/model/units.ts";

const PAGE = 5000;

export function memoryHistorian(): Historian & { scanned: number } {
  const tags = new Map<TagId, { samples: Sample[]; sorted: boolean }>();
  const sorted = (tag: TagId): Sample[] => {
    const list = tags.get(tag);
    if (list === undefined) return [];
    if (!list.sorted) {
      list.samples.sort((a, b) => a.time - b.time);
      list.samples = list.samples.filter(({ time }, i) => time !== list.samples[i - 1]?.time);
      list.sorted = true;
    }
    return list.samples;
  };
  const historian = {
    scanned: 0,
    write(columns: readonly SampleColumns[]) {
      for (const one of columns) {
        for (let i = 0; i < one.times.length; i++) {
          const sample = sampleAt(one, i);
          const list = tags.get(sample.tag) ?? { samples: [], sorted: true };
          tags.set(sample.tag, list);
          list.sorted &&= (list.samples.at(-1)?.time ?? -1) < sample.time;
          list.samples.push(sample);
        }
      }
      return Promise.resolve([]);
    },
    async *scan(asked: readonly TagId[], { from, to }: { from: number; to: number }) {
      const cursors = asked.map((tag) => {
        const list = sorted(tag);
        let [low, high] = [0, list.length];
        while (low < high) {
          const middle = (low + high) >> 1;
          if ((list[middle] as Sample).time < from) low = middle + 1;
          else high = middle;
        }
        return { list, i: low };
      });
      for (let page: Sample[] = []; ; page = []) {
        while (page.length < PAGE) {
          let best: { list: Sample[]; i: number } | undefined;
          for (const cursor of cursors) {
            const time = cursor.list[cursor.i]?.time ?? Infinity;
            if (time < to && time < (best?.list[best.i]?.time ?? Infinity)) best = cursor;
          }
          if (best === undefined) break;
          page.push(best.list[best.i++] as Sample);
        }
        if (page.length === 0) return;
        historian.scanned += page.length;
        yield page;
        await Promise.resolve();
      }
    },
    read: () => Promise.resolve([]),
    latest: () => Promise.resolve(new Map<TagId, Sample>()),
    count: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return historian;
}
