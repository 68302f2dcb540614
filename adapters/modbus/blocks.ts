/** Which registers to ask for together: few requests, and never a value torn over two of them. Pure. */
import { isBitTable, widthOf, type Encoding } from "./decode.ts";
import type { Register, Table } from "./register.ts";

export interface Item extends Encoding {
  readonly name: string;
  readonly unitId: number;
  readonly register: Register;
  /** Milliseconds between two readings. */
  readonly interval: number;
}
export interface Block {
  readonly unitId: number;
  readonly table: Table;
  readonly interval: number;
  readonly address: number;
  /** Registers, or bits of a bit table. */
  readonly count: number;
  readonly items: readonly Item[];
}
export interface Limits {
  readonly maxRegisters: number;
  readonly mergeGap: number;
}

/** Bits that fit where one register would. */
const BITS_PER_REGISTER = 16;

/** Blocks of one unit, table and interval each; together they hold every item once. */
export function planBlocks(items: readonly Item[], limits: Limits): Block[] {
  const groups = Map.groupBy(items, (item) => `${item.unitId} ${item.register.table} ${item.interval}`);
  return [...groups.values()].flatMap((group) => planGroup(group, limits));
}

function planGroup(group: readonly Item[], limits: Limits): Block[] {
  const sorted = [...group].sort((a, b) => a.register.address - b.register.address || endOf(a) - endOf(b));
  const parts: Item[][] = [];
  let start = 0;
  let end = -1;
  for (const item of sorted) {
    const part = parts.at(-1);
    const from = item.register.address;
    const most = limits.maxRegisters * (isBitTable(item.register.table) ? BITS_PER_REGISTER : 1);
    const fits = part !== undefined && from <= end + limits.mergeGap && Math.max(end, endOf(item)) - start <= most;
    if (fits) {
      part.push(item);
      end = Math.max(end, endOf(item));
    } else {
      parts.push([item]);
      start = from;
      end = endOf(item);
    }
  }
  return parts.flatMap((part) => blockOf(part) ?? []);
}

/**
 * Two smaller blocks for one that the device refuses: cut at the widest gap, else in the middle.
 * `undefined` when a single stretch is left that cannot be cut without tearing a value.
 */
export function splitBlock(block: Block): readonly [Block, Block] | undefined {
  let best: { readonly at: number; readonly gap: number; readonly off: number } | undefined;
  let end = -1;
  for (const [at, item] of block.items.entries()) {
    const gap = item.register.address - end;
    const off = Math.abs(at - block.items.length / 2);
    const better = best === undefined || gap > best.gap || (gap === best.gap && off < best.off);
    if (at > 0 && gap >= 0 && better) best = { at, gap, off };
    end = Math.max(end, endOf(item));
  }
  if (best === undefined) return undefined;
  const first = blockOf(block.items.slice(0, best.at));
  const second = blockOf(block.items.slice(best.at));
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** @param items of one unit, table and interval, sorted by address */
function blockOf(items: readonly Item[]): Block | undefined {
  const [first] = items;
  if (first === undefined) return undefined;
  const { unitId, interval, register } = first;
  const count = Math.max(...items.map(endOf)) - register.address;
  return { unitId, table: register.table, interval, address: register.address, count, items };
}

const endOf = (item: Item): number => item.register.address + widthOf(item.register.table, item);
