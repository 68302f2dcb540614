import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { planBlocks, splitBlock, type Block, type Item } from "../../../adapters/modbus/blocks.ts";
import { isBitTable, widthOf } from "../../../adapters/modbus/decode.ts";

const items = fc
  .array(
    fc.record({
      unitId: fc.integer({ min: 1, max: 3 }),
      register: fc.record({
        table: fc.constantFrom("holding" as const, "input" as const, "coil" as const),
        address: fc.integer({ min: 0, max: 400 }),
      }),
      interval: fc.constantFrom(100, 1_000),
      type: fc.constantFrom("uint16" as const, "float32" as const, "int64" as const),
      order: fc.constant("ABCD" as const),
      bit: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      notAvailable: fc.constant<number[]>([]),
    }),
    { maxLength: 60 },
  )
  .map((list): Item[] => list.map((item, i) => Object.assign({ name: `t${i}` }, item)));
/** Blocks of fewer than four registers could not hold a 64-bit value. */
const limits = fc.record({ maxRegisters: fc.integer({ min: 4, max: 125 }), mergeGap: fc.integer({ min: 0, max: 20 }) });

const names = (blocks: readonly Block[]) => blocks.flatMap((block) => block.items.map((item) => item.name)).sort();
const endOf = (item: Item) => item.register.address + widthOf(item.register.table, item);

describe("blocks of registers", () => {
  propertyTest.prop([items, limits], { numRuns: 2_000 })(
    "every item is read once, whole, with its own unit, table and interval, within the limit",
    (list, limit) => {
      const blocks = planBlocks(list, limit);
      expect(names(blocks)).toEqual(list.map((item) => item.name).sort());
      for (const block of blocks) {
        expect(block.count).toBeLessThanOrEqual(limit.maxRegisters * (isBitTable(block.table) ? 16 : 1));
        for (const item of block.items) {
          expect([item.unitId, item.register.table, item.interval]).toEqual([
            block.unitId,
            block.table,
            block.interval,
          ]);
          expect(item.register.address).toBeGreaterThanOrEqual(block.address);
          expect(endOf(item)).toBeLessThanOrEqual(block.address + block.count);
        }
      }
    },
  );

  propertyTest.prop([items, limits], { numRuns: 1_000 })(
    "no stretch wider than the gap is read for nothing",
    (list, limit) => {
      for (const block of planBlocks(list, limit)) {
        let end = block.address;
        for (const item of block.items) {
          expect(item.register.address - end).toBeLessThanOrEqual(limit.mergeGap);
          end = Math.max(end, endOf(item));
        }
        expect(end).toBe(block.address + block.count);
      }
    },
  );

  propertyTest.prop([items, limits], { numRuns: 1_000 })(
    "splitting again and again ends, loses no item and tears no value",
    (list, limit) => {
      const done: Block[] = [];
      const open = planBlocks(list, limit);
      for (let block = open.pop(); block !== undefined; block = open.pop()) {
        const parts = splitBlock(block);
        if (parts === undefined) done.push(block);
        else open.push(...parts);
      }
      expect(names(done)).toEqual(list.map((item) => item.name).sort());
      for (const block of done)
        for (const item of block.items) expect(endOf(item)).toBeLessThanOrEqual(block.address + block.count);
    },
  );

  test("a split comes first where registers were read for nothing", () => {
    const at = (name: string, address: number): Item => ({
      name,
      unitId: 1,
      register: { table: "holding", address },
      interval: 1_000,
      type: "uint16",
      order: "ABCD",
      bit: undefined,
      notAvailable: [],
    });
    const [block] = planBlocks([at("a", 0), at("b", 1), at("c", 2), at("d", 9)], { maxRegisters: 125, mergeGap: 10 });
    if (block === undefined) throw new Error("no block");
    expect(splitBlock(block)?.map((part) => names([part]))).toEqual([["a", "b", "c"], ["d"]]);
  });
});
