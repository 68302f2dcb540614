/** Numbers and lengths of time as a Dutch and an English reader expect them; days of the site's zone. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { formats } from "../../../dashboards/web/src/format/format.ts";
import { addDays, dayOf, instantOf, localInput, startOfDay } from "../../../dashboards/web/src/format/zone.ts";

const AMSTERDAM = "Europe/Amsterdam";
const nl = formats("nl", AMSTERDAM);
const en = formats("en", AMSTERDAM);
const plain = (text: string): string => text.replaceAll(/[\u00A0\u202F]/g, " ");

describe("formats", () => {
  test("numbers follow the language", () => {
    expect(nl.number(1234.5, 1)).toBe("1.234,5");
    expect(en.number(1234.5, 1)).toBe("1,234.5");
    expect(plain(nl.percent(0.718))).toBe("71,8 %");
    expect(plain(nl.money(3.27))).toBe("€ 3,27");
  });

  test("power and energy choose a unit that can be read", () => {
    expect(plain(nl.power(950))).toBe("950 W");
    expect(plain(nl.power(11_400))).toBe("11,4 kW");
    expect(plain(nl.power(1_250_000))).toBe("1,25 MW");
    expect(plain(en.energy(50.4))).toBe("50 Wh");
  });

  test("what is not known is a dash, never a zero", () => {
    for (const text of [nl.percent(null), nl.power(null), nl.money(null), nl.duration(null), nl.kilowattHours(null)]) {
      expect(text).toBe("–");
    }
  });

  test("minus zero is zero", () => {
    expect(nl.number(-0)).toBe("0");
  });

  test("a length of time shows the two units that matter", () => {
    const second = 1000;
    expect(plain(nl.duration(48 * second))).toBe("48 s");
    expect(plain(nl.duration(134 * 60 * second))).toBe("2 u 14 min");
    expect(plain(en.duration(134 * 60 * second))).toBe("2 h 14 min");
    expect(plain(nl.duration(26 * 3600 * second))).toBe("1 d 2 u");
    expect(plain(nl.duration(-5))).toBe("0 s");
  });

  test("times are the site's, whatever the browser's zone is", () => {
    expect(nl.clock("2026-11-24T10:37:00Z")).toBe("11:37");
    expect(nl.clock("2026-07-24T10:37:00Z")).toBe("12:37");
    expect(formats("en", "America/New_York").clock("2026-11-24T10:37:00Z")).toBe("05:37");
  });

  test("a span says the day once when both ends are on it", () => {
    expect(en.span(Date.parse("2026-11-24T05:00:00Z"), Date.parse("2026-11-24T13:00:00Z"))).toMatch(
      /24 Nov 06:00 – 14:00$/,
    );
    expect(en.span(Date.parse("2026-11-24T21:00:00Z"), Date.parse("2026-11-25T05:00:00Z"))).toMatch(
      /– .*25 Nov 06:00$/,
    );
  });
});

describe("days of the site's zone", () => {
  test("the day of the spring change has 23 hours, that of the autumn change 25", () => {
    const hours = (day: string): number =>
      (startOfDay(addDays(day, 1), AMSTERDAM) - startOfDay(day, AMSTERDAM)) / 3_600_000;
    expect(hours("2026-03-29")).toBe(23);
    expect(hours("2026-10-25")).toBe(25);
    expect(hours("2026-11-24")).toBe(24);
  });

  test("an hour that the clock skips moves forward, and of one that comes twice the first is meant", () => {
    expect(new Date(instantOf("2026-03-29T02:30", AMSTERDAM)).toISOString()).toBe("2026-03-29T01:30:00.000Z");
    expect(new Date(instantOf("2026-10-25T02:30", AMSTERDAM)).toISOString()).toBe("2026-10-25T00:30:00.000Z");
  });

  const zones = fc.constantFrom(
    AMSTERDAM,
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
  );
  const instants = fc.integer({ min: Date.parse("2015-01-01"), max: Date.parse("2040-01-01") });
  propertyTest.prop([instants, zones])("a day begins before its moments and not on the day before", (instant, zone) => {
    const day = dayOf(instant, zone);
    const start = startOfDay(day, zone);
    expect(start).toBeLessThanOrEqual(instant);
    expect(dayOf(start, zone)).toBe(day);
    expect(dayOf(start - 1, zone)).not.toBe(day);
  });

  propertyTest.prop([instants, zones])("what an input shows is read back as the same minute", (instant, zone) => {
    const shown = localInput(instant, zone);
    expect(localInput(instantOf(shown, zone), zone)).toBe(shown);
  });
});
