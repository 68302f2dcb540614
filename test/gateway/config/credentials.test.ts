import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { credentialsFile, loadCredentials, readCredentials } from "../../../gateway/config/credentials.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fieldlab-credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("credentials", () => {
  test("are made on first use, in a file that only its owner can read, and stay the same afterwards", () => {
    const data = join(folder, "deep", "data");
    const first = loadCredentials(data);
    expect(statSync(credentialsFile(data)).mode & 0o777).toBe(0o600);
    expect(loadCredentials(data)).toEqual(first);
    expect(new Set([first.token, first.mqtt.site, first.mqtt.edge]).size).toBe(3);
    expect(first.token).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test("differ between folders", () => {
    expect(loadCredentials(join(folder, "a")).token).not.toBe(loadCredentials(join(folder, "b")).token);
  });

  test("are absent where nothing has started yet", () => {
    expect(readCredentials(folder)).toBeUndefined();
  });

  test("that are damaged are refused with what to do, without showing them", () => {
    writeFileSync(credentialsFile(folder), '{ "token": "hunter2-hunter2-hunter2"');
    expect(() => loadCredentials(folder)).toThrow(/is damaged: .* Delete it/);
    expect(() => loadCredentials(folder)).not.toThrow(/hunter2/);
  });
});
