/** What was lost, refused or doubtful, as the pages show it. */
import type { z } from "zod";
import type { Incident } from "../../../model/record.ts";
import { formatInstant } from "../../../model/time.ts";
import { meaningOf } from "../../../model/told.ts";
import { micros } from "../../../model/units.ts";
import type { IncidentReply } from "../replies.ts";

export const incidentReply = (incident: Incident): z.infer<typeof IncidentReply> => ({
  kind: incident.kind,
  tag: incident.tag ?? null,
  connection: incident.connection ?? null,
  from: formatInstant(micros(incident.from)),
  to: formatInstant(micros(incident.to)),
  count: incident.count ?? null,
  reason: incident.reason,
  ...meaningOf(incident),
});
