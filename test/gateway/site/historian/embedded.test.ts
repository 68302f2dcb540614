import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { createLog } from "../../../../gateway/log.ts";
import { millis, type Micros } from "../../../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../../../gateway/site/historian/embedded.ts";
import { describeContract, START } from "./contract.ts";

const log = createLog("test", "silent");
const YEAR = millis(400 * 86_400_000);
const now = (): Micros => START;

async function openEmbedded(retention = YEAR, clock = now) {
  const folder = mkdtempSync(join(tmpdir(), "historian-"));
  const open = () => new EmbeddedHistorian({ path: join(folder, "historian.db"), retention, now: clock, log });
  let historian = open();
  return {
    get historian() {
      return historian;
    },
    settle: () => historian.compact(),
    reopen: async () => {
      await historian[Symbol.asyncDispose]();
      historian = open();
    },
    [Symbol.asyncDispose]: async () => {
      await historian[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("embedded historian", () => {
  describeContract(openEmbedded, 100);
});
