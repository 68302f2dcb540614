/**
 * History in InfluxDB, through its 1.x interface, which 2.x and 3 offer too. A write is confirmed before it counts as
 * stored; lines that the server refuses are found one by one, so that the others are stored.
 */
import { InfluxDB, type IPoint, type IResponse } from "influx";
import type { PlantConfig } from "../../config/schema.ts";
import type { Log } from "../../log.ts";
import { samplesOf } from "../../model/columns.ts";
import type { Point, Rejected } from "../../model/historian.ts";
import type { Sample } from "../../model/sample.ts";
import { readSecret } from "../../model/secret.ts";
import type { Range } from "../../model/time.ts";
import { micros, type Micros, type TagId } from "../../model/units.ts";
import { acceptable } from "./accept.ts";
import { COLUMNS, createPointMaker, MEASUREMENT, quarterPoint, sampleOf, whereTag } from "./lines.ts";
import type { HistorianStats, OpenHistorian } from "./open.ts";

type InfluxConfig = Extract<PlantConfig["storage"]["historian"], { kind: "influxdb" }>;

/** InfluxData's own advice for the size of a write. */
const LINES_PER_WRITE = 5_000;
/** A loaded server answers late; one that never answers must not hold us for ever. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Also when the connection breaks in the middle of an answer, of which the library would never tell. */
const CALL_TIMEOUT_MS = 65_000;
/** Rows per answer of a scan, all tags together. */
const SCAN_ROWS = 10_000;
const LEAST_ROWS = 500;
/** Statements in one query. */
const STATEMENTS = 100;
/** What a Number holds exactly: until 2255. The server itself reaches 2262. */
const TIME_LIMIT = Number.MAX_SAFE_INTEGER;

export function openInflux({ config, log }: { config: InfluxConfig; log: Log }): OpenHistorian {
  const influx = clientFor(config);
  const pointOf = createPointMaker();
  let prepared = false;
  let closed = false;
  let written = 0;
  let rejectedCount = 0;
  let lastError: string | null = null;

  async function query(statements: readonly string[]): Promise<Row[][]> {
    const results: Row[][] = [];
    await prepare();
    for (let i = 0; i < statements.length; i += STATEMENTS) {
      const some = statements.slice(i, i + STATEMENTS);
      const answer = await within(
        influx.queryRaw(some.join(";\n"), { database: config.database, precision: "u", method: "POST" }),
      );
      results.push(...rowsOf(answer as IResponse));
    }
    return results;
  }

  /** Makes the database of a 1.x server; the others have no such command, and their bucket is made by hand. */
  async function prepare(): Promise<void> {
    if (prepared) return;
    await within(influx.createDatabase(config.database)).catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      log.info({ reason: messageOf(error) }, "InfluxDB makes no database on request; the bucket must exist");
    });
    prepared = true;
  }

  async function writeLines(samples: readonly Sample[], rejected: Rejected[]): Promise<void> {
    const refusal = await refusalOf(samples.map(pointOf));
    if (refusal === undefined) return;
    const [sample] = samples;
    if (samples.length === 1 && sample !== undefined) {
      rejected.push({ sample, reason: refusal });
      return;
    }
    // What was stored of them is stored again: that changes nothing.
    const half = samples.length >>> 1;
    await writeLines(samples.slice(0, half), rejected);
    await writeLines(samples.slice(half), rejected);
  }

  /** Why the server refuses one or more of these lines for good; throws for all that may pass. */
  async function refusalOf(points: IPoint[]): Promise<string | undefined> {
    try {
      await within(influx.writePoints(points, { database: config.database, precision: "u" }));
      return undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (statusOf(error) === 400 && LINE_REFUSED.test(reason)) return reason;
      if (statusOf(error) === 404) prepared = false;
      throw new Error(`InfluxDB at ${config.url} does not store: ${reason}`, { cause: error });
    }
  }

  return {
    async write(columns) {
      if (closed) throw new Error("the historian is closed");
      const rejected: Rejected[] = [];
      const samples = columns.flatMap((one) => samplesOf(acceptable(one, 0, TIME_LIMIT, rejected)));
      const acceptedCount = samples.length;
      try {
        await prepare();
        for (let i = 0; i < samples.length; i += LINES_PER_WRITE) {
          await writeLines(samples.slice(i, i + LINES_PER_WRITE), rejected);
        }
        lastError = null;
      } catch (error) {
        lastError = messageOf(error);
        throw error;
      }
      rejectedCount += rejected.length;
      written += acceptedCount;
      return rejected;
    },

    async read(tag, range, maxPoints): Promise<Point[]> {
      const most = Math.max(1, Math.floor(maxPoints));
      if (range.from >= range.to) return [];
      const where = `${whereTag(tag)} AND "quality" <> 'bad' AND ${whereTime(range)}`;
      const [counted] = await query([`SELECT count("value") AS "count" FROM ${MEASUREMENT} WHERE ${where}`]);
      if (Number(counted?.[0]?.["count"] ?? 0) <= most) {
        const [rows = []] = await query([`SELECT "value" FROM ${MEASUREMENT} WHERE ${where}`]);
        return rows.flatMap(({ time, value }) =>
          typeof value === "number"
            ? [{ time: Number(time) as Micros, min: value, max: value, mean: value, count: 1 }]
            : [],
        );
      }
      const width = Math.ceil((range.to - range.from) / most);
      const [rows = []] = await query([
        `SELECT min("value") AS "min", max("value") AS "max", mean("value") AS "mean", count("value") AS "count" ` +
          `FROM ${MEASUREMENT} WHERE ${where} GROUP BY time(${width}u, ${range.from % width}u) fill(none)`,
      ]);
      return rows
        .filter(({ count }) => Number(count) > 0)
        .map((row) => ({
          time: micros(Math.max(Number(row["time"]), range.from)),
          min: Number(row["min"]),
          max: Number(row["max"]),
          mean: Number(row["mean"]),
          count: Number(row["count"]),
        }));
    },

    async *scan(tags, range) {
      const unique = Array.from(new Set(tags));
      const rows = Math.max(LEAST_ROWS, Math.floor(SCAN_ROWS / Math.max(1, unique.length)));
      const pagesOf = async function* (tag: TagId): AsyncGenerator<Sample[]> {
        for (let { from } = range, more = range.from < range.to; more;) {
          const time = whereTime({ from, to: range.to });
          const [page = []] = await query([
            `SELECT ${COLUMNS} FROM ${MEASUREMENT} WHERE ${whereTag(tag)} AND ${time} ORDER BY time LIMIT ${rows}`,
          ]);
          const samples = page.map((row) => sampleOf(tag, row));
          if (samples.length > 0) yield samples;
          from = micros((samples.at(-1)?.time ?? 0) + 1);
          more = samples.length === rows;
        }
      };
      yield* mergedPages(unique.map(pagesOf));
    },

    async latest(tags, before) {
      const unique = Array.from(new Set(tags));
      const results = await query(
        unique.map(
          (tag) =>
            `SELECT ${COLUMNS} FROM ${MEASUREMENT} WHERE ${whereTag(tag)} AND time < ${before ?? TIME_LIMIT}u ` +
            "ORDER BY time DESC LIMIT 1",
        ),
      );
      const found = new Map<TagId, Sample>();
      for (const [i, tag] of unique.entries()) {
        const row = results[i]?.[0];
        if (row !== undefined) found.set(tag, sampleOf(tag, row));
      }
      return found;
    },

    async count(tags, range) {
      if (range.from >= range.to) return 0;
      const results = await query(
        Array.from(
          new Set(tags),
          (tag) =>
            `SELECT count("quality") AS "count" FROM ${MEASUREMENT} WHERE ${whereTag(tag)} AND ${whereTime(range)}`,
        ),
      );
      return results.reduce((sum, rows) => sum + Number(rows[0]?.["count"] ?? 0), 0);
    },

    writeQuarters: async (rows) => {
      await prepare();
      await within(influx.writePoints(rows.map(quarterPoint), { database: config.database, precision: "u" }));
    },

    stats: (): HistorianStats => ({
      kind: "influxdb",
      reachable: lastError === null,
      samples: written,
      bytes: null,
      rejected: rejectedCount,
      error: lastError,
    }),
    [Symbol.asyncDispose]: async () => {
      closed = true;
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

function clientFor({ url, database, username, password }: InfluxConfig): InfluxDB {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === "https:";
  return new InfluxDB({
    protocol: secure ? "https" : "http",
    host: hostname.replaceAll(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    path: pathname === "/" ? "" : pathname,
    database,
    // 2.x and 3 take any user name with a token as its password.
    username: username ?? "any",
    password: password === undefined ? "" : readSecret(password),
    pool: { requestTimeout: REQUEST_TIMEOUT_MS, maxRetries: 0 },
  });
}

/** What the server says of a line that it will never take. Limits of the database are not among them: they can be raised. */
const LINE_REFUSED =
  /unable to parse|field type conflict|beyond retention|max key length|invalid (?:number|field|boolean|timestamp|tag)|partial write of line protocol/i;

const whereTime = ({ from, to }: Range): string =>
  `time >= ${Math.max(0, from)}u AND time < ${Math.min(to, TIME_LIMIT)}u`;

/** One list of rows per statement; throws what the server says is wrong with it. */
function rowsOf(answer: IResponse): Row[][] {
  return answer.results.map((result) => {
    if (result.error !== undefined) throw new Error(`InfluxDB refuses the query: ${result.error}`);
    const [series] = result.series ?? [];
    const { columns = [], values = [] } = series ?? {};
    return values.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  });
}

/** Pages of several tags, each in time order, as pages of all in time order; ties in the order of the tags. */
async function* mergedPages(sources: readonly AsyncGenerator<Sample[]>[]): AsyncGenerator<Sample[]> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, ...(await nextPage(source)) })));
  let page: Sample[] = [];
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      const time = head.samples[head.at]?.time;
      const best = first?.samples[first.at]?.time;
      if (time !== undefined && (best === undefined || time < best)) first = head;
    }
    const sample = first?.samples[first.at];
    if (first === undefined || sample === undefined) break;
    page.push(sample);
    first.at++;
    if (first.at === first.samples.length) Object.assign(first, await nextPage(first.source));
    if (page.length < SCAN_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function nextPage(source: AsyncGenerator<Sample[]>): Promise<{ samples: Sample[]; at: number }> {
  const { value, done } = await source.next();
  return { samples: done === true ? [] : value, at: 0 };
}

async function within<Result>(call: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CALL_TIMEOUT_MS / 1000} s`)), CALL_TIMEOUT_MS);
  });
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The HTTP status of a refusal; undefined when the server did not answer or was not well. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("res" in error)) return undefined;
  const { statusCode } = error.res as { statusCode?: number };
  return statusCode;
}
/** A whole batch of lines may be quoted in it. */
const MAX_MESSAGE = 500;
function messageOf(error: unknown): string {
  const { message } = error as Error;
  const body = /error occurred: ([\s\S]*)$/.exec(message)?.[1]?.trim();
  return (body ?? (message === "" ? "it is not well (HTTP 5xx)" : message)).slice(0, MAX_MESSAGE);
}
