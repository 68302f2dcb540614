import { DataType, DataValue, StatusCodes, Variant } from "node-opcua";
import { describe, expect, test } from "vitest";
import { OpcuaConnection } from "../../../adapters/opcua/options.ts";
import { TagBook, tagsOf } from "../../../adapters/opcua/tags.ts";
import { normaliser } from "../../../gateway/edge/normalise.ts";
import type { AdapterContext, Reading } from "../../../gateway/model/protocol.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, type Micros } from "../../../gateway/model/units.ts";
import { connection, tag } from "./connection.ts";

const START = 1_764_000_000_000_000;
const SECOND = 1_000_000;
const at = (seconds: number): Micros => micros(START + seconds * SECOND);

/** A connection to one tag, told what a server would say; times in seconds, by our clock unless said. */
function setUp() {
  const parsed = OpcuaConnection.parse(connection(4840, { count: tag("Count") }));
  const readings: Reading[] = [];
  const samples: Sample[] = [];
  const clock = { now: 0 };
  const normal = normaliser({
    connection: "mill",
    tags: parsed.tags,
    accept: (list) => samples.push(...list),
    record: () => undefined,
    now: () => at(clock.now),
  });
  const context: AdapterContext = {
    now: () => at(clock.now),
    speed: 1,
    folder: "",
    emit: (list) => {
      readings.push(...list);
      normal.take(list);
    },
    trouble: () => undefined,
    well: () => undefined,
    note: () => undefined,
    gap: () => undefined,
  };
  const book = new TagBook(parsed, context);
  const [only] = tagsOf(parsed);
  if (only === undefined) throw new Error("no tag");
  const valueOf = (value: number, source: number) =>
    new DataValue({
      value: new Variant({ dataType: DataType.Double, value }),
      statusCode: StatusCodes.Good,
      sourceTimestamp: new Date(at(source) / 1_000),
    });
  return {
    clock,
    samples,
    /** @param source by the server's clock, which also says when it published */
    notify: (now: number, value: number, source: number, { late = false, ahead = 0 } = {}) => {
      clock.now = now;
      book.published(new Date(at(now + ahead) / 1_000));
      book.notified([{ tag: only, value: valueOf(value, source), late }]);
    },
    confirm: (now: number, value: number) => {
      clock.now = now;
      return book.confirmed([{ tag: only, value: valueOf(value, now) }], at(now));
    },
    /** What history says: in order of time, the first of equal values only. */
    story: () =>
      samples
        .toSorted((a, b) => a.time - b.time)
        .filter(({ value }, i, all) => value !== all[i - 1]?.value)
        .map(({ value }) => value),
    seconds: (value: number) =>
      samples.filter((sample) => sample.value === value).map(({ time }) => Math.round((time - START) / SECOND)),
  };
}

describe("when a change happened", () => {
  test("a change that was long on its way keeps its own time when the server's clock is right", () => {
    const { notify, samples, seconds } = setUp();
    notify(0, 100, -1);
    // The server was asleep for hours, and tells what its machine did meanwhile.
    for (let i = 1; i <= 6; i++) notify(20_000, 100 + i, i * 3_000);
    notify(20_001, 107, 20_001);
    expect([1, 2, 3, 4, 5, 6].flatMap((i) => seconds(100 + i))).toEqual([3_000, 6_000, 9_000, 12_000, 15_000, 18_000]);
    expect(samples.at(-1)).toMatchObject({ value: 107, time: at(20_001) });
  });

  test("an old time that contradicts what was observed is not believed", () => {
    const { notify, seconds } = setUp();
    notify(20_000, 0, 20_000);
    notify(20_001, 1, 3_000);
    expect(seconds(1)).toEqual([20_001]);
  });

  test.each([-120, -30, -5, 5, 30, 120])(
    "a server whose clock is %i s off tells one story: no old value after a new one",
    (ahead) => {
      const { notify, confirm, story } = setUp();
      let value = 0;
      for (let second = 0; second < 400; second++) {
        // Fast, then silent, then fast again.
        if (second < 100 || second > 300) notify(second, ++value, second + ahead, { ahead });
        else if (second % 25 === 0) expect(confirm(second, value)).toEqual([]);
      }
      expect(story()).toEqual(Array.from({ length: value }, (_, i) => i + 1));
    },
  );

  test("after a restart of the edge a server whose clock is off still tells one story", () => {
    for (const ahead of [-60, 60]) {
      const before = setUp();
      for (let second = 0; second < 100; second++) before.notify(second, second, second + ahead, { ahead });
      const after = setUp();
      for (let second = 105; second < 300; second++) after.notify(second, second, second + ahead, { ahead });
      const all = [...before.samples, ...after.samples].toSorted((a, b) => a.time - b.time).map(({ value }) => value);
      expect(all).toEqual([...all].toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  test("what had to be fetched again takes its place in the past and is not the latest word", () => {
    const { notify, confirm, story, samples } = setUp();
    notify(0, 1, -1);
    notify(10, 3, 10);
    notify(11, 2, 9.5, { late: true });
    expect(story()).toEqual([1, 2, 3]);
    expect(confirm(40, 3)).toEqual([]);
    notify(41, 4, 41);
    expect(story()).toEqual([1, 2, 3, 4]);
    expect(new Set(samples.map(({ time }) => time)).size).toBe(samples.length);
  });

  test("a server's clock that is set back a little does not make new values old ones", () => {
    const { notify, confirm } = setUp();
    notify(0, 1, 10, { ahead: 10 });
    notify(5, 2, 15, { ahead: 10 });
    notify(8, 3, 8);
    notify(9, 4, 9);
    expect(confirm(60, 4)).toEqual([]);
  });
});
