/** Everything that adapters, edge and site can tell has its words in every language of the pages. */
import { describe, expect, test } from "vitest";
import { modbusWords } from "../../../adapters/modbus/words.ts";
import { opcuaWords } from "../../../adapters/opcua/words.ts";
import { chooseLanguage } from "../../../dashboards/web/src/settings.ts";
import { toldInDutch } from "../../../dashboards/web/src/text/told.nl.ts";
import { adviceTold, reasonTold } from "../../../dashboards/web/src/text/told.ts";
import { edgeWords } from "../../../gateway/edge/words.ts";
import { telling, type Words } from "../../../gateway/model/told.ts";
import { siteWords } from "../../../gateway/site/words.ts";

const english: Readonly<Record<string, Words>> = { ...modbusWords, ...opcuaWords, ...edgeWords, ...siteWords };
const parameters = ({ reason, advice = "" }: Words): string[] =>
  [...`${reason} ${advice}`.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted();

describe("what is told by code", () => {
  test("has Dutch words for every code, and for no other", () => {
    expect(Object.keys(toldInDutch).toSorted()).toEqual(Object.keys(english).toSorted());
  });

  test("asks in Dutch for no parameter that does not come, and advises where English does", () => {
    for (const [code, words] of Object.entries(toldInDutch)) {
      const original = english[code] ?? { reason: "" };
      expect({ code, asks: [...new Set(parameters(words))] }).toEqual({
        code,
        asks: expect.toSatisfy((asks: readonly string[]) => asks.every((name) => allowed(code).has(name))),
      });
      expect([code, words.advice === undefined]).toEqual([code, original.advice === undefined]);
    }
  });

  test("is Dutch on a Dutch page and as it came on an English one or without a code", () => {
    const told = telling(modbusWords)("modbus.refused", { where: "plc:502", detail: "connect ECONNREFUSED" });
    chooseLanguage("nl");
    expect(reasonTold(told, told.reason)).toBe("plc:502 neemt geen verbinding aan (connect ECONNREFUSED).");
    expect(adviceTold(told, told.advice)).toContain("zet het aan");
    expect(reasonTold({}, "the old words")).toBe("the old words");
    chooseLanguage("en");
    expect(reasonTold(told, told.reason)).toBe("plc:502: connect ECONNREFUSED");
  });
});

/** Exceptions of Modbus always come with their number and unit. */
const allowed = (code: string): ReadonlySet<string> =>
  new Set([
    ...parameters(english[code] ?? { reason: "" }),
    ...(code.startsWith("modbus.") ? ["unit", "exception"] : []),
  ]);
