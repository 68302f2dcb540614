/** Opens the site's SQLite files: one writer each, durable on commit, and never half migrated. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface DatabaseFile {
  readonly path: string;
  /** Version of the tables; a file of another version is refused. */
  readonly version: number;
  readonly tables: string;
}

/** SQLite 3.7.0–3.51.2 can corrupt a WAL database. https://sqlite.org/wal.html#walresetbug */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** A second process that opens the same file is refused: the lock is exclusive and held until the file is closed. */
export function openDatabase({ path, version, tables }: DatabaseFile): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  try {
    refuseOldSqlite(database);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec("BEGIN IMMEDIATE");
    const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (found !== 0 && found !== version) {
      throw new Error(
        `${path} has tables of version ${found}; this program reads version ${version}. ` +
          "Start the program that wrote it, or move the file away",
      );
    }
    database.exec(`${tables}; PRAGMA user_version = ${version}; COMMIT`);
    return database;
  } catch (cause) {
    database.close();
    const { message } = cause as Error;
    const advice = /locked|busy/.test(message) ? ": another process has it open; stop that one first" : "";
    throw new Error(`cannot open ${path}: ${message}${advice}`, { cause });
  }
}

/** Runs `work` in one transaction; rolls back when it throws. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function refuseOldSqlite(database: DatabaseSync): void {
  const text = String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  const found = text.split(".").map(Number);
  const wanted = OLDEST_SQLITE.join(".");
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const part = found[i] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new Error(`SQLite ${text} can corrupt data; ${wanted} or newer is needed: use the pinned Node`);
  }
}
