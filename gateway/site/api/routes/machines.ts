/** One machine over a range: what it did, the sums of that, its stops and its shifts. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { machineId } from "../../../model/units.ts";
import { PROBLEMS, refusal } from "../problems.ts";
import { MAX_LEDGER_DAYS, MAX_TIMELINE_DAYS, rangeOf, wholeQuarters } from "../range.ts";
import { LedgerReply, ShiftReply, StopsReply, TimelineReply } from "../replies.ts";
import { MachineParams, RangeQuery, ShiftsQuery } from "../requests.ts";
import { runningOf, type Source } from "../source.ts";
import { ledgerReply } from "../views/ledger.ts";
import { shiftReplies } from "../views/shifts.ts";
import { stopsReply } from "../views/stops.ts";
import { timelineReply } from "../views/timeline.ts";

export function machineRoutes(source: Source): FastifyPluginAsyncZod {
  const { plant } = source;
  const known = (id: string) => {
    if (Object.hasOwn(plant.machines, id)) return machineId(id);
    throw refusal(404, `there is no machine "${id}"; /api/v1/plant lists them`);
  };
  const schema = { tags: ["machines"], params: MachineParams, querystring: RangeQuery } as const;

  return async (app) => {
    app.get(
      "/machines/:machine/timeline",
      {
        config: { role: "viewer" },
        schema: { ...schema, summary: "What the machine did, in order", response: { ...PROBLEMS, 200: TimelineReply } },
      },
      async ({ params, query }) => {
        const range = rangeOf(query, MAX_TIMELINE_DAYS);
        return timelineReply(plant, runningOf(source), known(params.machine), range);
      },
    );

    app.get(
      "/machines/:machine/ledger",
      {
        config: { role: "viewer" },
        schema: { ...schema, summary: "Sums and KPIs of a range", response: { ...PROBLEMS, 200: LedgerReply } },
      },
      async ({ params, query }) => {
        const range = wholeQuarters(rangeOf(query, MAX_LEDGER_DAYS));
        return ledgerReply(plant, runningOf(source), known(params.machine), range);
      },
    );

    app.get(
      "/machines/:machine/stops",
      {
        config: { role: "viewer" },
        schema: { ...schema, summary: "Stops by state and reason", response: { ...PROBLEMS, 200: StopsReply } },
      },
      async ({ params, query }) => {
        const range = rangeOf(query, MAX_LEDGER_DAYS);
        return stopsReply(plant, runningOf(source), known(params.machine), range);
      },
    );

    app.get(
      "/shifts",
      {
        config: { role: "viewer" },
        schema: {
          summary: "Shifts of a machine's calendar that overlap the range",
          tags: ["machines"],
          querystring: ShiftsQuery,
          response: { ...PROBLEMS, 200: z.object({ shifts: z.array(ShiftReply) }) },
        },
      },
      async ({ query }) => ({
        shifts: shiftReplies(plant, known(query.machine), rangeOf(query, MAX_LEDGER_DAYS)),
      }),
    );
  };
}
