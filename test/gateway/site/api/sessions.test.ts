/** Sessions in a real file, over restarts. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLog } from "../../../../gateway/log.ts";
import { openSessions, SESSION_SECONDS } from "../../../../gateway/site/api/sessions.ts";

let folder: string;
let file: string;
let time: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fieldlab-sessions-"));
  file = join(folder, "sessions.json");
  time = 1_800_000_000;
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (token = "token") => openSessions({ token, file, log: createLog("test", "silent"), now: () => time });

describe("sessions", () => {
  test("outlive a restart, and a logout does too", () => {
    const first = open();
    const [stays, leaves] = [first.open(), first.open()];
    first.close(leaves);
    const second = open();
    expect(second.lives(stays)).toBe(true);
    expect(second.lives(leaves)).toBe(false);
  });

  test("end after thirty days, and with the token", () => {
    const id = open().open();
    expect(open("another token").lives(id)).toBe(false);
    time += SESSION_SECONDS - 1;
    expect(open().lives(id)).toBe(true);
    time += 1;
    expect(open().lives(id)).toBe(false);
  });

  test("the file lets nobody in, and only its owner reads it", () => {
    const id = open().open();
    expect(readFileSync(file, "utf8")).not.toContain(id);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const key of Object.keys(JSON.parse(readFileSync(file, "utf8")) as object))
      expect(open().lives(key)).toBe(false);
  });

  test("a damaged file costs a login and nothing else", () => {
    writeFileSync(file, '{"a": "b"');
    const sessions = open();
    expect(sessions.lives(sessions.open())).toBe(true);
  });

  test("are bounded: the oldest goes", () => {
    const sessions = openSessions({ token: "token", log: createLog("test", "silent"), now: () => time });
    const ids = Array.from({ length: 1001 }, () => sessions.open());
    expect(sessions.lives(ids[0] ?? "")).toBe(false);
    expect(sessions.lives(ids[1] ?? "")).toBe(true);
  });
});
