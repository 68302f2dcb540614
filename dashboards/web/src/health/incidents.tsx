/** What went wrong lately; one fault that hit all tags of a connection is one row. */
import type { Incident } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Empty, Scroll } from "../parts/parts.tsx";
import { t } from "../text/text.ts";
import { reasonTold } from "../text/told.ts";

/** Tags of one connection fall silent within this time of each other when the connection is the cause. */
const TOGETHER_MS = 10_000;

export interface Trouble {
  readonly incident: Incident;
  readonly connection: string | null;
  readonly tags: number;
}

/** Joins incidents of one kind, reason and connection that began together; keeps the order. */
export function together(incidents: readonly Incident[]): readonly Trouble[] {
  const joined: Trouble[] = [];
  for (const incident of incidents) {
    const connection = incident.connection ?? incident.tag?.split("/", 1)[0] ?? null;
    const index = joined.findIndex(
      (known) =>
        known.incident.kind === incident.kind &&
        known.incident.reason === incident.reason &&
        known.connection === connection &&
        Math.abs(Date.parse(known.incident.from) - Date.parse(incident.from)) <= TOGETHER_MS,
    );
    const known = joined[index];
    if (known === undefined) joined.push({ incident, connection, tags: incident.tag === null ? 0 : 1 });
    else {
      const [from, to] = [
        [known.incident.from, incident.from].toSorted()[0],
        [known.incident.to, incident.to].toSorted()[1],
      ];
      joined[index] = {
        ...known,
        incident: { ...known.incident, from: from ?? incident.from, to: to ?? incident.to },
        tags: known.tags + (incident.tag === null ? 0 : 1),
      };
    }
  }
  return joined;
}

export function Incidents({ incidents }: { readonly incidents: readonly Incident[] }) {
  if (incidents.length === 0) return <Empty>{t("health.noIncidents")}</Empty>;
  return (
    <Scroll name={t("health.incidents")}>
      <table class="plain incidents">
        <thead>
          <tr>
            <th scope="col">{t("slice.from")}</th>
            <th scope="col" class="number">
              {t("slice.duration")}
            </th>
            <th scope="col">{t("incident.kind")}</th>
            <th scope="col">{t("incident.where")}</th>
            <th scope="col">{t("slice.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {together(incidents).map(({ incident, connection, tags }) => (
            <tr key={`${incident.kind}${connection ?? ""}${incident.from}${incident.reason}`}>
              <td>{format.value.dayClock(incident.from)}</td>
              <td class="number">{format.value.duration(Date.parse(incident.to) - Date.parse(incident.from))}</td>
              <td>{nameOf(incident.kind)}</td>
              <td>
                {tags > 1
                  ? t("incident.tags", { connection: connection ?? "", count: tags })
                  : (incident.tag ?? connection ?? "")}
              </td>
              <td>{reasonTold(incident, incident.reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function nameOf(kind: string): string {
  switch (kind) {
    case "gap":
    case "eviction":
    case "unreadable":
    case "rejected":
    case "clock":
    case "restart":
      return t(`incident.${kind}`);
    default:
      return kind;
  }
}
