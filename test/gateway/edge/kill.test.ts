import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openOutbox } from "../../../gateway/edge/outbox.ts";
import { decodeBatch } from "../../../gateway/model/batch.ts";
import { samplesOf } from "../../../gateway/model/columns.ts";
import { wallClock } from "../../../gateway/model/time.ts";

/** Commits until it is killed, and gives the first number that was not said to be accepted. */
async function commitUntilKilled(path: string, first: number, ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "committer.ts"), path, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child.stdout, "data");
  await sleep(ms);
  child.kill("SIGKILL");
  await once(child, "close");
  const lines = said.slice(0, said.lastIndexOf("\n")).split("\n");
  return Number(lines.at(-1));
}

test("killed ten times while it commits: everything that was accepted is there, once, and nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kill-"));
  const path = join(folder, "outbox.db");
  let next = 0;
  try {
    for (let round = 0; round < 10; round++) {
      const accepted = await commitUntilKilled(path, next, 20 + Math.random() * 150);
      await using outbox = openOutbox({ path, edge: "edge1", now: () => wallClock.now() });
      const state = outbox.state();
      const batches = outbox.after(0, 100_000);
      const values = batches.flatMap(({ payload }) =>
        samplesOf(decodeBatch(payload).columns).map(({ value }) => value),
      );
      // One commit may have succeeded whose word did not get out any more.
      expect([accepted, accepted + 50]).toContain(state.accepted);
      expect(values).toEqual(Array.from({ length: values.length }, (_, i) => state.accepted - values.length + i));
      expect(values.length).toBeGreaterThan(0);
      expect(batches.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: batches.length }, (_, i) => state.sequence - batches.length + 1 + i),
      );
      next = state.accepted;
    }
    expect(next).toBeGreaterThan(1_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
