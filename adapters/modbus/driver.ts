/** Reads a Modbus connection: each block at its own interval, and a unit that fails slows only itself. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdapterContext, Reading } from "../../gateway/model/protocol.ts";
import type { Told } from "../../gateway/model/told.ts";
import { explainConnection, explainException, explainSilence, shownRegisters } from "./advice.ts";
import { planBlocks, splitBlock, type Block } from "./blocks.ts";
import { decodeBit, decodeRegisters, isBitTable } from "./decode.ts";
import { Line, type Outcome } from "./line.ts";
import type { ModbusConnection } from "./options.ts";
import { requestOf } from "./pdu.ts";
import { TroubleBook } from "./troubles.ts";
import { Schedule } from "./schedule.ts";

/** The refusals that a smaller request may cure: kind of register, address, number of registers. */
const REFUSALS = new Set([1, 2, 3]);
/** The answers that say nothing of the registers, only that the unit cannot be reached or has no time now. */
const UNIT_EXCEPTIONS = new Set([5, 6, 10, 11]);
/** A device that is switched on again must be back well within the usual maximum age of a minute. */
const BACK_OFF = { first: 1_000, most: 30_000 };
const RECONNECT = { first: 500, most: 15_000 };

export async function runModbus(
  connection: ModbusConnection,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  const items = Object.entries(connection.tags).map(([name, tag]) => Object.assign({ name }, tag));
  const blocks = planBlocks(items, connection);
  const schedule = new Schedule(blocks, context, signal);
  const troubles = new TroubleBook(blocks, context);
  await using line = new Line(connection, context.now);
  let reconnects = 0;

  for (;;) {
    const block = await schedule.next();
    if (block === undefined) return;
    const outcome = await line.ask(requestOf(block), signal);
    if (signal.aborted) return;
    if (outcome.kind === "unreachable") {
      troubles.connection(explainConnection(connection, outcome.reason));
      schedule.postpone(block);
      await sleep(backOff(RECONNECT, reconnects++), undefined, { signal }).catch(() => undefined);
      continue;
    }
    reconnects = 0;
    handle(block, outcome);
  }

  function handle(block: Block, outcome: Exclude<Outcome, { kind: "unreachable" }>): void {
    switch (outcome.kind) {
      case "failed":
        return failUnit(block, explainSilence(connection, block.unitId, outcome.reason));
      case "data":
        schedule.succeeded(block);
        context.emit(readingsOf(block, outcome));
        return troubles.well(block);
      case "exception":
        return refuse(block, outcome.code, outcome);
      default:
        return outcome satisfies never;
    }
  }

  function failUnit(block: Block, explained: Told): void {
    schedule.failedUnit(block.unitId, (failures) => backOff(BACK_OFF, failures));
    troubles.unit(block.unitId, explained);
  }

  function refuse(block: Block, code: number, { time }: { time: Reading["time"] }): void {
    const explained = explainException(code, block.unitId);
    if (UNIT_EXCEPTIONS.has(code)) return failUnit(block, explained);
    const parts = REFUSALS.has(code) ? splitBlock(block) : undefined;
    if (parts !== undefined) {
      schedule.replace(block, parts);
      context.note(
        `unit ${block.unitId}: ${shownRegisters({ table: block.table, address: block.address }, block.count)} in one ` +
          `request: ${explained.reason}; from now on it is read in parts`,
      );
      return;
    }
    schedule.failedBlock(block, (failures) => backOff(BACK_OFF, failures));
    context.emit(block.items.map(({ name }): Reading => ({ tag: name, time, value: null, quality: "bad" })));
    troubles.block(block, explained);
  }
}

function readingsOf(block: Block, { bytes, time }: { bytes: Buffer; time: Reading["time"] }): Reading[] {
  return block.items.map((item): Reading => {
    const offset = item.register.address - block.address;
    const value = isBitTable(block.table) ? decodeBit(bytes, offset) : decodeRegisters(bytes, offset, item);
    return { tag: item.name, time, value, quality: value === null ? "bad" : "good" };
  });
}

const backOff = ({ first, most }: { first: number; most: number }, failures: number): number =>
  Math.min(first * 2 ** Math.min(failures, 16), most);
