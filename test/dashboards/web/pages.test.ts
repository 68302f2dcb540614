/** The built pages in a real browser, driven by role and name as a person finds things. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { describeWith, pathOf } from "../../servers/available.ts";
import { CHROMIUM_FLAGS } from "../../servers/chromium.ts";
import { type Fixture, TOKEN, startFixture } from "./fixture.ts";

const WEB = fileURLToPath(new URL("../../../dashboards/web", import.meta.url));
/** Where the pages may be slow is a matter of the machine; what they show is not. */
const PATIENCE_MS = 10_000;
/** Five seconds are promised; the rest is what a busy machine adds to the browser and to this test. */
const LOST_WITHIN_MS = 8000;
const SCRIPT_LIMIT_BYTES = 200_000;

describeWith(["chromium"], "the pages in Chromium", () => {
  let pages: string;
  let browser: Browser;
  let axe: string;
  let site: Fixture;
  let context: BrowserContext;
  let page: Page;
  let faultsOfPage: string[];
  let scriptBytes = 0;

  beforeAll(async () => {
    pages = await mkdtemp(join(tmpdir(), "fieldlab-pages-"));
    const built = await build({
      root: WEB,
      configFile: join(WEB, "vite.config.ts"),
      logLevel: "error",
      build: { outDir: pages },
    });
    for (const output of [built].flat()) {
      if (!("output" in output)) continue;
      for (const part of output.output) {
        if (part.type === "chunk" && !part.fileName.includes("uPlot")) scriptBytes += part.code.length;
      }
    }
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    browser = await chromium.launch({ executablePath: pathOf("chromium"), args: CHROMIUM_FLAGS });
  });
  afterAll(async () => {
    await browser.close();
    await rm(pages, { recursive: true, force: true });
  });
  beforeEach(async () => {
    site = await startFixture(pages);
    await openContext({});
  });
  afterEach(async () => {
    await context.close();
    await site[Symbol.asyncDispose]();
  });

  async function openContext(options: Parameters<Browser["newContext"]>[0]): Promise<void> {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "nl-NL", ...options });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    faultsOfPage = [];
    page.on("pageerror", (error) => faultsOfPage.push(error.message));
    page.on("console", (message) => {
      // What a refused style or script looks like under the site's content security policy.
      if (message.text().includes("Content Security Policy")) faultsOfPage.push(message.text());
    });
  }
  const enter = async (hash = "#/"): Promise<void> => {
    await page.goto(`${site.address}/#token=${TOKEN}`);
    await page.getByRole("navigation").waitFor();
    if (hash !== "#/") await page.goto(`${site.address}/${hash}`);
  };
  const eventually = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE_MS });
  const shows = async (text: string | RegExp): Promise<void> => {
    await page.getByText(text).first().waitFor();
  };

  test("the printed address logs in, and the token leaves the address", async () => {
    await enter();
    await page.getByRole("heading", { name: "Draaibank CTX" }).waitFor();
    expect(page.url()).toBe(`${site.address}/#/`);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(faultsOfPage).toEqual([]);
  });

  test("without a token the page says where to find it, refuses a wrong one, and takes the pasted address", async () => {
    await page.goto(site.address);
    await shows(/secrets\.json/);
    await page.getByLabel("Token").fill("guess");
    await page.getByRole("button", { name: "Inloggen" }).click();
    await shows(/token klopt niet/);
    await page.getByLabel("Token").fill(`${site.address}/#token=${TOKEN}`);
    await page.getByRole("button", { name: "Inloggen" }).click();
    await page.getByRole("heading", { name: "Draaibank CTX" }).waitFor();
    await page.getByRole("button", { name: "Uitloggen" }).click();
    await shows(/secrets\.json/);
  });

  test("a tile tells state, since when, reason, OEE with coverage, and that the data are a demo's", async () => {
    await enter();
    const tile = page.getByRole("article").filter({ hasText: "Pers 160 t" });
    for (const text of [
      "Storing",
      /sinds 11:25/,
      "Lichtscherm onderbroken",
      "voorlopig",
      /93\s%\s*van de tijd gezien/,
    ]) {
      await tile.getByText(text).first().waitFor();
    }
    await page.getByRole("complementary", { name: "Demogegevens" }).waitFor();
  });

  test("the language changes at once and is kept", async () => {
    await enter();
    await page.getByRole("button", { name: /English/ }).click();
    await page.getByRole("article").filter({ hasText: "Breakdown" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Overview" }).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("en");
  });

  test("a stop is found by keyboard, and the waterfall has a row per loss", async () => {
    await enter("#/machine/lathe");
    const timeline = page.getByRole("slider", { name: /Tijdlijn van/ });
    await timeline.focus();
    for (let presses = 0; presses < 7; presses++) await page.keyboard.press("ArrowRight");
    await page.getByRole("status").getByText("Hydrauliek: druk te laag").waitFor();
    const whole = await timeline.getAttribute("aria-label");
    await page.keyboard.press("+");
    await eventually(() => timeline.getAttribute("aria-label")).not.toBe(whole);
    await page.keyboard.press("0");
    await eventually(() => timeline.getAttribute("aria-label")).toBe(whole);
    const losses = page.getByRole("region", { name: "Waar de tijd bleef" });
    for (const name of ["Kalendertijd", "Storing", "Te langzaam gedraaid", "Volledig benut"]) {
      await losses.getByRole("rowheader", { name }).waitFor();
    }
  });

  test("dragging over the timeline looks closer, and the whole comes back", async () => {
    await enter("#/machine/lathe");
    const timeline = page.getByRole("slider", { name: /Tijdlijn van/ });
    const box = await timeline.boundingBox();
    if (box === null) throw new Error("the timeline has no place on the screen");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    await eventually(() => timeline.getAttribute("aria-label")).toMatch(/08:00 tot .*10:00/);
    await page.getByRole("button", { name: "Alles", exact: true }).click();
    await eventually(() => timeline.getAttribute("aria-label")).toMatch(/06:00 tot .*14:00/);
  });

  test("a chosen range is in the address, so that a link shows the same", async () => {
    await enter("#/machine/lathe");
    await page.getByRole("button", { name: "7 dagen" }).click();
    expect(page.url()).toContain("range=week");
    await page.reload();
    await eventually(() => page.getByRole("button", { name: "7 dagen" }).getAttribute("aria-pressed")).toBe("true");
  });

  test("energy says when the peak was, what was above the contract, and what idling cost", async () => {
    await enter("#/energy");
    await shows(/06:00 · 1,0\skW boven het contract/);
    await page
      .getByRole("region", { name: "Verbruikt zonder stuks te maken" })
      .getByText("Staat stil")
      .first()
      .waitFor();
    await page.getByRole("button", { name: "De dag ervoor" }).click();
    expect(page.url()).toContain("day=2026-11-23");
  });

  test("status shows the faulty connection first, with its cure, and filters tags", async () => {
    await enter("#/health");
    const first = page.getByRole("region", { name: "Verbindingen" }).getByRole("listitem").first();
    await first.getByText(/Check the cable/).waitFor();
    await page.getByRole("button", { name: /Fout \(2\)/ }).click();
    const tags = page.getByRole("region", { name: "Tags", exact: true });
    expect(await tags.getByRole("rowheader").allTextContents()).toEqual(["press/power", "press/state"]);
    await page.getByLabel("Zoek").fill("power");
    expect(await tags.getByRole("rowheader").allTextContents()).toEqual(["press/power"]);
  });

  test("a lost connection is on the screen within five seconds and heals by itself", async () => {
    await enter();
    await page.getByRole("article").first().waitFor();
    site.faults.isDown = true;
    site.dropStreams();
    const since = Date.now();
    await shows(/Geen verbinding sinds/);
    expect(Date.now() - since).toBeLessThan(LOST_WITHIN_MS);
    site.faults.isDown = false;
    await page.getByText(/Geen verbinding sinds/).waitFor({ state: "detached" });
    expect(faultsOfPage).toEqual([]);
  });

  test("a stream that stays open while the site no longer answers is a lost connection, too", async () => {
    await enter();
    await page.getByRole("article").first().waitFor();
    site.faults.isDown = true;
    const since = Date.now();
    await shows(/Geen verbinding sinds/);
    expect(Date.now() - since).toBeLessThan(LOST_WITHIN_MS);
  });

  test("a plant without machines, a day without data and a site that starts each have a page", async () => {
    site.faults.scenario = "noMachines";
    await enter();
    await shows(/Er zijn nog geen machines ingesteld/);
    site.faults.scenario = "noData";
    await page.goto(`${site.address}/#/energy`);
    await shows(/Op deze dag is geen energie gemeten/);
    site.faults.isStarting = true;
    await page.goto(`${site.address}/#/health`);
    await shows("De gateway start op");
    site.faults.isStarting = false;
    await shows(/Verbindingen met een storing/);
  });

  test("what is broken says so and can be tried again", async () => {
    site.faults.broken = /energy/;
    await enter("#/energy");
    await shows(/the disk is full/);
    site.faults.broken = null;
    await page.getByRole("button", { name: "Opnieuw proberen" }).click();
    await shows("De dag in cijfers");
  });

  test("an address that is no page leads back to the overview", async () => {
    await enter("#/nothing");
    await page.getByRole("link", { name: "Naar het overzicht" }).click();
    await page.getByRole("article").first().waitFor();
  });

  test("the script without charts stays under 200 kB", () => {
    expect(scriptBytes).toBeGreaterThan(0);
    expect(scriptBytes).toBeLessThan(SCRIPT_LIMIT_BYTES);
  });

  // Every pair of language, theme and device; all eight would find nothing that these four do not.
  for (const { language, colorScheme, width, height } of [
    { language: "nl", colorScheme: "light", width: 1280, height: 800 },
    { language: "nl", colorScheme: "dark", width: 390, height: 844 },
    { language: "en", colorScheme: "light", width: 390, height: 844 },
    { language: "en", colorScheme: "dark", width: 1280, height: 800 },
  ] as const) {
    test(`axe finds nothing on any page, and nothing is cut off (${language}, ${colorScheme}, ${width} px)`, async () => {
      site.faults.language = language;
      await context.close();
      // axe is injected as a script, which the pages' own policy rightly refuses.
      await openContext({ viewport: { width, height }, colorScheme, bypassCSP: true, reducedMotion: "reduce" });
      const found: string[] = [];
      await page.goto(site.address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.evaluate(axe);
      await inspect("login", found);
      for (const [hash, sign] of [
        [`#token=${TOKEN}`, "article"],
        ["#/machine/lathe", ".uplot"],
        ["#/energy", ".quarter"],
        ["#/health", ".tags"],
        ["#/nothing", ".not-found"],
      ] as const) {
        await page.goto(`${site.address}/${hash}`);
        await page.locator(sign).first().waitFor();
        await inspect(hash, found);
      }
      expect(found).toEqual([]);
    });
  }

  /** Notes what axe finds, and whether the page is wider than the screen. */
  async function inspect(name: string, found: string[]): Promise<void> {
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
    );
    for (const { id, nodes } of violations) found.push(`${name}: ${id}: ${nodes[0]?.html ?? ""}`);
    const cut = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    if (cut > 0) found.push(`${name}: ${cut} px wider than the screen`);
  }
});
