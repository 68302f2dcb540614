import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { micros } from "../../../gateway/model/units.ts";
import { openBook, type DeadLetter } from "../../../gateway/site/ingest/book.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "book-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const batch = (edge: string, stream: string, sequence: number) => ({ edge, stream, sequence });
/** What makes the transaction fail after the ranges were written, as a full disk would. */
const unstorable = { time: micros(1), edge: "a", reason: "", tag: {}, sampleTime: null } as unknown as DeadLetter;

describe("the book of what is stored", () => {
  test("a write that fails leaves nothing behind, in the file or in memory", () => {
    const book = openBook(folder);
    book.record({ batches: [1, 2, 6].map((at) => batch("a", "s1", at)), incidents: [], deadLetters: [] });
    const failing = { batches: [3, 4, 5].map((at) => batch("a", "s1", at)), incidents: [], deadLetters: [unstorable] };
    expect(() => book.record(failing)).toThrow(/cannot be bound/);
    expect(book.holds("a", "s1", 4)).toBe(false);
    expect(book.stream("a", "s1")?.ranges).toEqual([
      [1, 2],
      [6, 6],
    ]);
    book.record({ ...failing, deadLetters: [] });
    book.close();
    const again = openBook(folder);
    expect(again.stream("a", "s1")?.ranges).toEqual([[1, 6]]);
    again.close();
  });

  test("the ranges of a stream whose first write failed never become those of another stream", () => {
    const book = openBook(folder);
    const batches = [batch("a", "s1", 1), batch("a", "s1", 2)];
    expect(() => book.record({ batches, incidents: [], deadLetters: [unstorable] })).toThrow(/cannot be bound/);
    book.record({ batches, incidents: [], deadLetters: [] });
    book.close();
    const second = openBook(folder);
    expect(second.holds("a", "s1", 2)).toBe(true);
    second.record({ batches: [batch("b", "s2", 9)], incidents: [], deadLetters: [] });
    second.close();
    const third = openBook(folder);
    expect(third.stream("b", "s2")?.ranges).toEqual([[9, 9]]);
    third.close();
  });
});
