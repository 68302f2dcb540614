import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { stale } from "../../tools/docs.ts";
import { durationText, plantSchema } from "../../tools/docs/schema.ts";

test("the generated documentation is what the sources give", async () => {
  // Otherwise: npm run docs
  expect(await stale()).toEqual([]);
});

test.each(["config/demo.yaml", "config/example.yaml"])("editors accept %s by the JSON Schema", (file) => {
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(plantSchema());
  const text = readFileSync(file, "utf8");
  validate(parse(text));
  expect(validate.errors).toBeNull();
});

test("the example tells editors where its schema is", () => {
  expect(readFileSync("config/example.yaml", "utf8")).toMatch(
    /^# yaml-language-server: \$schema=plant\.schema\.json\n/,
  );
});

test("editors refuse what the program refuses: an unknown key and a duration that is a number", () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(plantSchema());
  const example = parse(readFileSync("config/example.yaml", "utf8")) as Record<string, unknown>;
  expect(validate({ ...example, extra: 1 })).toBe(false);
  expect(validate({ ...example, storage: { retention: { raw: 400 } } })).toBe(false);
});

test("a default is written as people write it", () => {
  expect([1, 250, 1000, 90_000, 300_000, 34_560_000_000].map(durationText)).toEqual([
    "1 ms",
    "250 ms",
    "1 s",
    "90 s",
    "5 min",
    "400 d",
  ]);
});
