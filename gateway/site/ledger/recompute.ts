/**
 * Folds a machine again from the checkpoint before its oldest late sample, until its state is the one that was stored,
 * or until it has caught up with the live fold and takes its place.
 */
import { advance, settledTo, waiting } from "../../kpi/fold.ts";
import { checkpointText } from "../../kpi/foldstate.ts";
import { step } from "../../kpi/step.ts";
import type { Historian } from "../../model/historian.ts";
import { micros, type Micros } from "../../model/units.ts";
import { MAX_SILENCE_MICROS, type MachineBook, type Running } from "./machinebook.ts";
import type { LedgerStore } from "./store.ts";

/** How long one turn may hold the event loop. */
const TURN_MS = 25;
/**
 * Two days of quarters that wait for a reading. With more a checkpoint grows to half a megabyte, and a silence of months
 * would leave a thousand of them; to fold a silence again from its beginning takes milliseconds.
 */
const MAX_CHECKPOINT_PIECES = 200;
const TOO_FAR = micros(Number.MAX_SAFE_INTEGER);

export async function recompute(
  book: MachineBook,
  store: LedgerStore,
  historian: Historian,
  signal: AbortSignal,
): Promise<void> {
  const dirty = book.takeDirty();
  if (dirty === undefined) return;
  try {
    const done = await refold(book, store, historian, signal, dirty);
    // Cut off by the end of the process: the mark in the file stays, and the next start folds it.
    if (!done) return;
    if (dirty.to >= done.upTo) book.markDirty(done.upTo, dirty.to);
    book.finish();
  } catch (error) {
    book.markDirty(dirty.from, dirty.to);
    book.finish();
    throw error;
  }
}

async function refold(
  book: MachineBook,
  store: LedgerStore,
  historian: Historian,
  signal: AbortSignal,
  late: { readonly from: Micros; readonly to: Micros },
): Promise<{ readonly upTo: Micros } | undefined> {
  const upTo = book.frontier;
  const start = store.checkpointBefore(book.id, late.from);
  const turn = turns();
  let running: Running | undefined = start === undefined ? undefined : book.resume(start);
  let replaced = running === undefined ? undefined : settledTo(running.fold.state);
  let kept = start?.time ?? micros(-1);
  const markAfter = (time: Micros): Micros => nextLook(book, store, time, late.to, upTo);
  let nextMark = markAfter(start?.time ?? micros(0));

  let due = book.checkpointAfter(start?.time ?? micros(0), upTo);

  const write = (open: Running, all: boolean): void => {
    const { fold, out } = open;
    const time = micros(fold.state.position);
    const to = settledTo(fold.state);
    const from = replaced ?? out[0]?.from ?? to;
    store.replace(book.id, {
      from,
      to: all ? TOO_FAR : to,
      slices: out,
      checkpointsAfter: kept,
      checkpointsTo: all ? TOO_FAR : time,
      checkpoint: { time, text: checkpointText(fold.state) },
    });
    out.length = 0;
    replaced = to;
    kept = time;
  };
  /** True when nothing behind this moment can differ from what is stored, or all behind it is dirty again. */
  const reach = (open: Running, time: Micros): boolean => {
    advance(open.fold, time);
    const passed = time > late.to;
    const stored = passed && book.joined ? store.checkpointBefore(book.id, time) : undefined;
    const same = stored?.time === time && stored.text === checkpointText(open.fold.state);
    const next = book.dirty;
    const dirtyBehind = passed && next !== undefined && next.from >= time;
    if (same || dirtyBehind || time === due) {
      if (same || dirtyBehind || open.fold.state.pieces.length <= MAX_CHECKPOINT_PIECES) write(open, false);
      due = book.checkpointAfter(time, upTo);
    }
    if (!same && dirtyBehind) book.markDirty(time, time);
    return same || dirtyBehind;
  };

  /** After a very long silence: what there was is written, and the fold begins anew. */
  const beginAnew = (before: Running | undefined, time: Micros): Running => {
    if (before !== undefined) {
      before.out.push(...waiting(before.fold));
      write(before, false);
    }
    const anew = book.begin(micros(Math.floor(time / 1000) * 1000));
    replaced = micros(anew.fold.state.position);
    nextMark = markAfter(replaced);
    due = book.checkpointAfter(replaced, upTo);
    return anew;
  };

  for await (const page of historian.scan(book.tags, { from: start?.time ?? micros(0), to: upTo })) {
    if (signal.aborted) return undefined;
    for (const sample of page) {
      if (running === undefined || sample.time - running.fold.state.position > MAX_SILENCE_MICROS) {
        running = beginAnew(running, sample.time);
      }
      while (nextMark <= sample.time) {
        if (reach(running, nextMark)) return { upTo };
        nextMark = markAfter(nextMark);
        if (turn.isOverNow()) await turn.next();
      }
      step(running.fold, sample);
      if (turn.isOver()) await turn.next();
    }
    if (turn.isOverNow()) await turn.next();
  }
  if (running !== undefined && upTo - running.fold.state.position > MAX_SILENCE_MICROS) {
    running = beginAnew(running, upTo);
  }
  if (running !== undefined) {
    for (; nextMark < upTo; nextMark = markAfter(nextMark)) {
      if (signal.aborted) return undefined;
      if (reach(running, nextMark)) return { upTo };
      if (turn.isOverNow()) await turn.next();
    }
    advance(running.fold, upTo);
  }
  book.join(running);
  if (running !== undefined) write(running, true);
  return { upTo };
}

/** Where to look next: where a checkpoint is due, where one is stored, or just behind the last late sample. */
function nextLook(book: MachineBook, store: LedgerStore, time: Micros, lateTo: Micros, end: Micros): Micros {
  let next = book.checkpointAfter(time, end);
  const stored = store.checkpointAfter(book.id, time);
  if (stored !== undefined && stored.time < next) next = stored.time;
  return lateTo >= time && lateTo + 1 < next ? micros(lateTo + 1) : next;
}

function turns() {
  let start = performance.now();
  let count = 0;
  const isOverNow = (): boolean => performance.now() - start > TURN_MS;
  return {
    isOverNow,
    // Looking at the clock costs as much as folding a sample.
    isOver: (): boolean => (++count & 255) === 0 && isOverNow(),
    next: async (): Promise<void> => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      start = performance.now();
    },
  };
}
