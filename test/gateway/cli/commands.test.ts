/** The command line as scripts and people meet it: a process, its output and its exit code. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../../gateway/cli/commands.ts";
import { helpOf } from "../../../gateway/cli/help.ts";
import { fieldlab } from "../../system/processes.ts";
import { PLANT } from "../config/plants.ts";

let folder = "";
let plant = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fieldlab-cli-"));
  plant = join(folder, "plant.yaml");
  writeFileSync(plant, PLANT);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("fieldlab", () => {
  test("lists its commands and exit codes, with help, --help, and without a word", async () => {
    const [help, nothing] = await Promise.all([fieldlab("--help"), fieldlab()]);
    for (const name of commands.map((command) => command.name)) expect(help.out).toContain(`  ${name} `);
    expect(help.out).toContain("3  the configuration or an import file was refused");
    expect(nothing).toEqual(help);
    expect(help.code).toBe(0);
  });

  test("a command's --help says how it is used", async () => {
    const [option, word] = await Promise.all([fieldlab("kpi", "--help"), fieldlab("help", "kpi")]);
    expect(option).toMatchObject({ code: 0, err: "" });
    expect(option.out).toMatch(/^fieldlab kpi \[options\]\n[\s\S]*--machine <key>[\s\S]*Examples:\n {2}fieldlab kpi /);
    expect(word).toEqual(option);
  });

  test("every command, option and example is explained", async () => {
    for (const command of commands) {
      expect(await command.load()).toHaveProperty("run");
      expect(command.examples.length).toBeGreaterThan(0);
      for (const option of Object.keys(command.options)) expect(helpOf(command)).toContain(`--${option}`);
      for (const { line } of command.examples) expect(line).toMatch(new RegExp(`^fieldlab ${command.name}( |$)`));
    }
  });

  test("says its version", async () => {
    expect((await fieldlab("version")).out).toMatch(/^fieldlab-gateway \d+\.\d+\.\d+\n$/);
  });

  test.each([
    { words: ["chekc"], err: 'unknown command "chekc"; did you mean "check"?' },
    { words: ["kpi", "--machin", "x"], err: "unknown option --machin; did you mean --machine?" },
    { words: ["read"], err: "<connection> is missing" },
    { words: ["check", "a", "b"], err: '"b" is one word too many' },
    { words: ["start", "--port", "none"], err: '--port is "none"; expected a number from 0 to 65535' },
    { words: ["start", "--port"], err: "argument missing" },
  ])("ends with 2 when the words are wrong: $words", async ({ words, err }) => {
    const outcome = await fieldlab(...words);
    expect(outcome).toMatchObject({ code: 2, out: "" });
    expect(outcome.err).toContain(err);
    expect(outcome.err).not.toContain("    at ");
  });

  test("check says that a plant is right, and how much it holds", async () => {
    const { code, out } = await fieldlab("check", plant);
    expect({ code, out }).toEqual({ code: 0, out: `${plant} is right: 1 machine, 2 connections, 5 tags.\n` });
  });

  test("check ends with 3 and every problem; so does everything that would run such a plant", async () => {
    const wrong = join(folder, "wrong.yaml");
    writeFileSync(wrong, PLANT.replace("line: l1", "line: l2").replace("name: Works", "nmae: Works"));
    const { code, out } = await fieldlab("check", wrong);
    expect(code).toBe(3);
    expect(out).toContain(`${wrong}:3:3  site.nmae\n    unknown key "nmae"\n    → did you mean "name"?`);
    expect(out).toContain(`${wrong}:34:11  machines.press1.line\n    there is no line "l2"`);
    const [start, json] = await Promise.all([
      fieldlab("start", "--config", wrong, "--data", join(folder, "never")),
      fieldlab("check", wrong, "--json"),
    ]);
    expect(start.code).toBe(3);
    expect(start.err).toContain("nothing was started");
    expect(JSON.parse(json.out)).toMatchObject({ problems: [{ line: 3, column: 3, path: "site.nmae" }, {}, {}] });
  });

  test("an overlay goes over the plant, and its mistakes are shown in its own file", async () => {
    const good = join(folder, "good-overlay.yaml");
    writeFileSync(good, "connections: { meter: { host: meter.local } }\n");
    expect((await fieldlab("check", plant, "--overlay", good)).code).toBe(0);
    const bad = join(folder, "bad-overlay.yaml");
    writeFileSync(bad, "\nconnections: { meter: { port: none } }\n");
    const { code, out } = await fieldlab("check", plant, "--overlay", bad);
    expect(code).toBe(3);
    expect(out).toContain(`${bad}:2:31  connections.meter.port\n    expected a number; found "none"`);
  });

  test("what asks the gateway ends with 4 when there is none", async () => {
    const data = join(folder, "unused");
    for (const words of [["status"], ["kpi"], ["export"]]) {
      const { code, err } = await fieldlab(...words, "--config", plant, "--data", data);
      expect({ words, code }).toEqual({ words, code: 4 });
      expect(err).toContain('start the gateway with "fieldlab start"');
    }
  });

  test("import refuses a file with a wrong line before anything is sent", async () => {
    const csv = join(folder, "wrong.csv");
    writeFileSync(csv, "time,tag,value,quality\n2026-11-24T06:00:00Z,press/good,1,good\nyesterday,press/good,2,good\n");
    const { code, err } = await fieldlab("import", csv, "--config", plant, "--data", join(folder, "unused"));
    expect(code).toBe(3);
    expect(err).toContain(`${csv}:3  time is "yesterday"`);
    expect(err).toContain("1 of 2 lines are wrong; nothing was imported");
  });

  test("read ends with 4 and a cure when the device is not there", async () => {
    const away = join(folder, "away.yaml");
    writeFileSync(away, PLANT.replace("host: 10.0.0.6", "host: 127.0.0.1\n    port: 9"));
    const { code, out } = await fieldlab("read", "meter", "--once", "--config", away, "--data", join(folder, "read"));
    expect(code).toBe(4);
    expect(out).toMatch(/^meter: .+\n→ .+\n/);
  });
});
