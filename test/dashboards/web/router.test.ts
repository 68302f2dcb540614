/** Addresses of pages: read back as they were written, and what is none is a page of its own. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { addressOf, parseRoute } from "../../../dashboards/web/src/router.ts";

test("the root is the overview", () => {
  for (const hash of ["", "#", "#/"]) expect(parseRoute(hash)).toEqual({ page: "overview" });
});

test("what is no page says so", () => {
  for (const hash of ["#/nothing", "#/energy/yesterday", "#/machine/press/now"]) {
    expect(parseRoute(hash).page).toBe("notFound");
  }
});

propertyTest.prop([
  fc.string({ minLength: 1 }).filter((name) => name.isWellFormed()),
  fc.constantFrom("today", "week"),
])("a machine and its range survive the address, whatever the machine is called", (machine, range) => {
  const route = { page: "machine", machine, query: new URLSearchParams({ range }) } as const;
  const read = parseRoute(addressOf(route));
  expect(read.page === "machine" && read.machine).toBe(machine);
  expect(read.page === "machine" && read.query.get("range")).toBe(range);
});

propertyTest.prop([fc.string()])("no address breaks the pages", (hash) => {
  expect(parseRoute(`#${hash}`).page).toMatch(/^(overview|machine|energy|health|notFound)$/);
});
