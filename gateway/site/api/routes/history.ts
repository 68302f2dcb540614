/** Samples as they were stored: downsampled for drawing, or every one of them as CSV. */
import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { formatInstant } from "../../../model/time.ts";
import type { TagId } from "../../../model/units.ts";
import { csvLines } from "../csv.ts";
import { PROBLEMS, refusal } from "../problems.ts";
import { MAX_HISTORY_DAYS, rangeOf } from "../range.ts";
import { SeriesReply } from "../replies.ts";
import { ExportQuery, SeriesQuery } from "../requests.ts";
import { runningOf, type Source } from "../source.ts";
import { tagsOf } from "../tags.ts";

export function historyRoutes(source: Source): FastifyPluginAsyncZod {
  const tags = tagsOf(source.plant);
  const known = (id: string) => {
    const entry = tags.get(id as TagId);
    if (entry === undefined) throw refusal(404, `there is no tag "${id.slice(0, 100)}"; /api/v1/plant lists them`);
    return entry;
  };
  return async (app) => {
    app.get(
      "/series",
      {
        config: { role: "viewer" },
        schema: {
          summary: "One tag over time, downsampled for drawing",
          tags: ["history"],
          querystring: SeriesQuery,
          response: { ...PROBLEMS, 200: SeriesReply },
        },
      },
      async ({ query }) => {
        const { id, unit } = known(query.tag);
        const range = rangeOf(query, MAX_HISTORY_DAYS);
        const points = await runningOf(source).historian.read(id, range, query.points);
        return {
          tag: id,
          unit,
          range: { from: formatInstant(range.from), to: formatInstant(range.to) },
          time: points.map(({ time }) => time / 1e6),
          min: points.map(({ min }) => min),
          max: points.map(({ max }) => max),
          mean: points.map(({ mean }) => mean),
        };
      },
    );

    app.get(
      "/export.csv",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Every sample of some tags as CSV (time,tag,value,quality), in time order",
          tags: ["history"],
          querystring: ExportQuery,
          response: {
            ...PROBLEMS,
            200: { description: "CSV, UTF-8, with a header line", content: { "text/csv": { schema: z.any() } } },
          },
        },
      },
      async ({ query }, reply) => {
        const ids = query.tag.map((tag) => known(tag).id);
        const range = rangeOf(query, MAX_HISTORY_DAYS);
        const pages = runningOf(source).historian.scan([...new Set(ids)], range);
        reply.type("text/csv; charset=utf-8").header("content-disposition", 'attachment; filename="fieldlab.csv"');
        return reply.send(Readable.from(csvLines(pages), { objectMode: false }));
      },
    );
  };
}
