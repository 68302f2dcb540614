import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openOutbox } from "../../../gateway/edge/outbox.ts";
import { decodeBatch } from "../../../gateway/model/batch.ts";
import { samplesOf } from "../../../gateway/model/columns.ts";
import { Incident, isRecordTag } from "../../../gateway/model/record.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";

const DISK_BYTES = 24 * 1024 * 1024;
let disk: string;

/** A small disk of its own; only root may make one. */
function mount(): boolean {
  disk = mkdtempSync(join(tmpdir(), "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    rmSync(disk, { recursive: true, force: true });
    return false;
  }
}
function unmount(): void {
  execFileSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
}
const mountable = mount();
if (mountable) unmount();

let made = 0;
const noise = (count: number): Sample[] =>
  Array.from({ length: count }, () => {
    made += 1;
    const time = micros(1_700_000_000_000_000 + made);
    return { tag: tagId("press", "t"), time, value: Math.random(), quality: "good" };
  });

describe.skipIf(!mountable)("outbox on a disk that is full", () => {
  beforeEach(() => {
    mount();
  });
  afterEach(unmount);
  const open = () =>
    openOutbox({ path: join(disk, "outbox.db"), edge: "edge1", now: () => wallClock.now(), ballastBytes: 1_500_000 });

  test("it goes on with the newest samples, and what had to go is told", async () => {
    const outbox = open();
    let given = 0;
    for (let i = 0; i < 700; i++) {
      outbox.accept(noise(2_000));
      given += 2_000;
      outbox.commit();
    }
    expect(outbox.commit()).toBe(true);
    const state = outbox.state();
    expect(state).toMatchObject({ accepted: given, uncommitted: 0 });
    expect(state.batches).toBeGreaterThan(20);
    await outbox[Symbol.asyncDispose]();
    await using again = open();
    const samples = again.after(0, 10_000).flatMap(({ payload }) => samplesOf(decodeBatch(payload).columns));
    const kept = samples.filter(({ tag }) => !isRecordTag(tag));
    const told = samples
      .filter(({ tag }) => isRecordTag(tag))
      .map(({ value }) => Incident.parse(JSON.parse(String(value))))
      .filter(({ kind }) => kind === "eviction")
      .reduce((sum, { count = 0 }) => sum + count, 0);
    expect(kept.length + told).toBe(given);
    expect(kept.at(-1)?.time).toBe(1_700_000_000_000_000 + made);
  });

  test("while something else fills the disk samples wait in memory, and are committed when there is space again", async () => {
    await using outbox = openOutbox({ path: join(disk, "outbox.db"), edge: "edge1", now: () => wallClock.now() });
    const { bavail, bsize } = statfsSync(disk);
    const other = join(disk, "other");
    writeFileSync(other, Buffer.alloc(bavail * bsize));
    let given = 0;
    while (outbox.commit() && given < 2_000_000) {
      outbox.accept(noise(2_000));
      given += 2_000;
    }
    expect(outbox.state().uncommitted).toBeGreaterThan(0);
    rmSync(other);
    expect(outbox.commit()).toBe(true);
    expect(outbox.state()).toMatchObject({ uncommitted: 0, accepted: given, samples: given });
  });
});
