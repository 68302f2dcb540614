import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeRequest } from "../../adapters/modbus/pdu.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "adapters");
/** Calls by which the libraries and the protocols write; comments and texts included, so that none slips through. */
const WRITES =
  /\b(writeRegisters?|writeCoils?|writeFC\d+|writeSingleNode|writeNode|session\.(write|call)\b|WriteRequest|CallRequest|performMessageTransaction)/;

test("no adapter has a call that writes to a machine", () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(10);
  const found = files.flatMap((file) => {
    const call = WRITES.exec(readFileSync(join(FOLDER, file), "utf8"))?.[0];
    return call === undefined ? [] : [`${file}: ${call}`];
  });
  expect(found).toEqual([]);
});

test("the only Modbus functions that can be sent are those that read", () => {
  const tables = ["coil", "discrete", "holding", "input"] as const;
  const sent = tables.map((table) => encodeRequest({ unitId: 1, table, address: 0, count: 1 })[0]);
  expect(sent).toEqual([1, 2, 3, 4]);
});
