/** Every promise of SECURITY.md, with the tests that hold it: a promise without one fails, and so does a test that went. */
import { readFileSync } from "node:fs";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { PlantConfig } from "../../gateway/config/schema.ts";
import { EdgeGone, EdgeStatus, OpenValue, Receipt } from "../../gateway/model/messages.ts";

/** A promise by the words with which it begins, and where it is held: file and name of the test. */
const HELD: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  "It reads machines and never writes to them": [
    ["test/adapters/readonly.test.ts", "no adapter has a call that writes to a machine"],
    ["test/adapters/readonly.test.ts", "the only Modbus functions that can be sent are those that read"],
  ],
  "Out of the box everything listens on loopback only": [
    ["test/security/claims.test.ts", "a plant that says nothing of the network is on loopback"],
    ["test/gateway/config/credentials.test.ts", "in a file that only its owner can read"],
    ["test/gateway/site/api/access.test.ts", "another name that leads to loopback is refused, whatever the route"],
  ],
  "On the embedded broker an edge may publish": [
    ["test/gateway/site/broker.test.ts", "lets publish: %s"],
    ["test/gateway/site/broker.test.ts", "refuses %s"],
    ["test/gateway/site/broker.test.ts", "lets anyone on this machine subscribe"],
  ],
  "Every input (configuration, MQTT, HTTP, database, device)": [
    ["test/gateway/config/load.test.ts", "is refused whole"],
    ["test/gateway/model/batch.test.ts", "a batch cut short anywhere is refused"],
    ["test/adapters/modbus/frames.test.ts", "random bytes never throw"],
    ["test/security/claims.test.ts", "any JSON is a message of ours or refused"],
    ["test/gateway/site/api/replies.test.ts", "is answered, or refused as a problem without a fault of ours"],
    ["test/gateway/site/api/problems.test.ts", "a fault of ours keeps its text to the log"],
  ],
  "What machines say is data": [
    ["test/security/hostile.test.ts", "is answered about as JSON that no browser takes for a page"],
    ["test/security/hostile.test.ts", "gets no script into the page: only files of our own run"],
    ["test/security/hostile.test.ts", "starts no formula in a spreadsheet"],
    ["test/security/hostile.test.ts", "opens no topic of its own"],
    ["test/security/hostile.test.ts", "forges no line of a log"],
    ["test/security/hostile.test.ts", "gives a terminal no command"],
    ["test/gateway/site/api/csv.test.ts", "never begins a text as a formula"],
    ["test/gateway/site/historian/contract.ts", "names of every kind keep their samples apart"],
  ],
  "Secrets may stand outside the configuration": [
    ["test/security/hostile.test.ts", "no secret is in any log at its most talkative, in any reply, or on the broker"],
    ["test/gateway/config/credentials.test.ts", "without showing them"],
  ],
};

/** The bullets under "What the gateway promises". */
function promises(): readonly string[] {
  const [, section = ""] =
    /## What the gateway promises\n([\s\S]*?)\n## /.exec(readFileSync("SECURITY.md", "utf8")) ?? [];
  return section
    .split(/^- /m)
    .map((text) => text.replaceAll(/\s+/g, " ").trim())
    .filter((text) => text !== "");
}

describe("SECURITY.md", () => {
  test("promises nothing that no test holds, and every test is there", () => {
    const begins = Object.keys(HELD);
    expect(promises().map((promise) => begins.find((begin) => promise.startsWith(begin)) ?? promise)).toEqual(begins);
    const gone = Object.values(HELD)
      .flat()
      .filter(([file, name]) => !readFileSync(file, "utf8").includes(name));
    expect(gone).toEqual([]);
  });
});

test("a plant that says nothing of the network is on loopback", () => {
  const { network } = PlantConfig.parse({
    version: 1,
    site: { name: "Works" },
    connections: {},
    calendars: {},
    lines: {},
    machines: {},
  });
  expect(network).toMatchObject({ http: { host: "127.0.0.1" }, mqtt: { broker: "embedded", host: "127.0.0.1" } });
});

describe.each([
  ["receipt", Receipt],
  ["edge status", EdgeStatus],
  ["last will", EdgeGone],
  ["open value", OpenValue],
])("of a %s", (_name, schema) => {
  const nearly = fc.dictionary(
    fc.constantFrom("version", "stream", "stored", "online", "outbox", "connections", "value", "time", "__proto__"),
    fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(1, true, "0".repeat(32), [[1, 2]])),
  );
  propertyTest.prop([fc.oneof(nearly, fc.jsonValue({ maxDepth: 4 }))], { numRuns: 10_000 })(
    "any JSON is a message of ours or refused, and never throws",
    (json) => {
      const parsed = schema.safeParse(JSON.parse(JSON.stringify(json)));
      expect(parsed.success || parsed.error.issues.length > 0).toBe(true);
    },
  );
});
