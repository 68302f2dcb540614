/** Every text exists in every language, is used, and keeps its parameters. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { en } from "../../../dashboards/web/src/text/en.ts";
import { nl } from "../../../dashboards/web/src/text/nl.ts";
import { fill } from "../../../dashboards/web/src/text/text.ts";

const SOURCE = fileURLToPath(new URL("../../../dashboards/web/src", import.meta.url));
const source = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !/text[/\\](en|nl)\.ts$/.test(name))
  .map((name) => readFileSync(join(SOURCE, name), "utf8"))
  .join("\n");
const parameters = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted();

test("Dutch and English have the same keys, none empty", () => {
  expect(Object.keys(nl).toSorted()).toEqual(Object.keys(en).toSorted());
  for (const texts of [en, nl]) expect(Object.values(texts).filter((text) => text.trim() === "")).toEqual([]);
});

test("a text takes the same parameters in both languages", () => {
  const different = (Object.keys(en) as (keyof typeof en)[]).filter(
    (key) => parameters(nl[key]).join(" ") !== parameters(en[key]).join(" "),
  );
  expect(different).toEqual([]);
});

test("no text is unused", () => {
  // `state.${…}` uses every key that begins with "state."
  const prefixes = [...source.matchAll(/`([a-z]+(?:\.[a-z]+)*\.)\$\{/g)].map(([, prefix = ""]) => prefix);
  const unused = Object.keys(en).filter(
    (key) => !source.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test("a parameter that is missing stays visible", () => {
  expect(fill("since {time} for {duration}", { time: "11:25" })).toBe("since 11:25 for {duration}");
});
