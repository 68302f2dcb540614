/** One day of power and energy: the quarters against the contract, what idling cost, what a part costs. */
import { useId } from "preact/hooks";
import { siteNow } from "../api/live.ts";
import { useLoad } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { Energy } from "../api/types.ts";
import { format, plant, timeZone } from "../format/current.ts";
import { addDays, dayOf, startOfDay } from "../format/zone.ts";
import { Card, Empty, Figure, Notice, Shown } from "../parts/parts.tsx";
import { addressOf, replaceAddress } from "../router.ts";
import { t } from "../text/text.ts";
import { Idle } from "./idle.tsx";
import { PerPart } from "./parts.tsx";
import { Profile } from "./profile.tsx";

const REFRESH_MS = 30_000;

export function EnergyPage({ day }: { readonly day: string | null }) {
  const zone = timeZone.value;
  const today = dayOf(siteNow.value, zone);
  const shown = day !== null && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : today;
  const from = startOfDay(shown, zone);
  const to = startOfDay(addDays(shown, 1), zone);
  const loaded = useLoad(paths.energy(from, to), shown === today ? REFRESH_MS : null);
  return (
    <>
      <div class="page-head">
        <h1>{t("nav.energy")}</h1>
        <DayPicker day={shown} today={today} />
      </div>
      <p class="page-day">{format.value.longDay(from)}</p>
      <Shown loaded={loaded} height={420}>
        {(energy) =>
          energy.totalWh === 0 && energy.quarters.every(({ mainW }) => mainW === null) ? (
            <Empty>{t("energy.noData")}</Empty>
          ) : (
            <EnergyCards energy={energy} from={from} to={to} />
          )
        }
      </Shown>
    </>
  );
}

function DayPicker({ day, today }: { readonly day: string; readonly today: string }) {
  const field = useId();
  const show = (next: string): void => replaceAddress(addressOf({ page: "energy", day: next === today ? null : next }));
  return (
    <fieldset class="day-picker" aria-label={t("energy.day")}>
      <button type="button" class="button" aria-label={t("energy.dayBefore")} onClick={() => show(addDays(day, -1))}>
        ‹
      </button>
      <label class="hidden" for={field}>
        {t("energy.day")}
      </label>
      <input
        id={field}
        type="date"
        value={day}
        max={today}
        onChange={(event) => {
          if (event.currentTarget.value !== "") show(event.currentTarget.value);
        }}
      />
      <button
        type="button"
        class="button"
        aria-label={t("energy.dayAfter")}
        disabled={day >= today}
        onClick={() => show(addDays(day, 1))}
      >
        ›
      </button>
      <button type="button" class="button" disabled={day === today} onClick={() => show(today)}>
        {t("range.today")}
      </button>
    </fieldset>
  );
}

function EnergyCards(props: { readonly energy: Energy; readonly from: number; readonly to: number }) {
  const { energy } = props;
  const { kilowattHours, money, power, withUnit, clock } = format.value;
  const idleWh = energy.machines.reduce((sum, machine) => sum + machine.idleWh, 0);
  const costs = energy.machines.map((machine) => machine.idleCost);
  const idleCost = costs.some((cost) => cost === null)
    ? null
    : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
  return (
    <div class="cards">
      <Card title={t("energy.profile")} note={t("energy.profileNote")} wide>
        <Profile energy={energy} from={props.from} to={props.to} />
      </Card>
      <Card title={t("energy.figures")} wide>
        <dl class="figures">
          <Figure name={t("energy.total")} value={kilowattHours(energy.totalWh, 0)} note={money(energy.cost)} />
          <Figure
            name={t("energy.peak")}
            value={power(energy.peak?.powerW ?? null)}
            note={
              energy.peak === null
                ? undefined
                : `${clock(energy.peak.from)}${energy.peak.headroomW === null ? "" : ` · ${headroom(energy.peak.headroomW)}`}`
            }
          />
          <Figure name={t("energy.idle")} value={kilowattHours(idleWh)} note={money(idleCost)} />
          <Figure name={t("energy.baseLoad")} value={power(energy.baseLoadW)} note={t("energy.baseLoadNote")} />
          <Figure
            name={t("energy.remainder")}
            value={kilowattHours(energy.remainderWh)}
            note={t("energy.remainderNote")}
          />
          {energy.co2Kg === null ? null : <Figure name="CO₂" value={withUnit(energy.co2Kg, "kg")} />}
        </dl>
        {energy.remainderWh !== null && energy.remainderWh < 0 ? (
          <Notice tone="warning" title={t("energy.negative")}>
            {t("energy.negativeCure")}
          </Notice>
        ) : null}
        <p class="note">
          {energy.tariffSource === null ? t("energy.noTariff") : t("energy.tariff", { source: energy.tariffSource })}
          {energy.emissionSource === null ? "" : ` · ${t("energy.emission", { source: energy.emissionSource })}`}
        </p>
      </Card>
      <div class="stack">
        {energy.peak === null ? null : (
          <Card title={t("energy.shares", { time: clock(energy.peak.from) })}>
            <PeakShares peak={energy.peak} machines={plant.value?.machines ?? []} />
          </Card>
        )}
        <Card title={t("energy.idleByState")} note={t("energy.idleNote")}>
          <Idle energy={energy} />
        </Card>
        <Card title={t("energy.perPart")}>
          <PerPart energy={energy} />
        </Card>
      </div>
    </div>
  );
}

const headroom = (watts: number): string =>
  watts < 0
    ? t("energy.over", { power: format.value.power(-watts) })
    : t("energy.headroom", { power: format.value.power(watts) });

function PeakShares(props: {
  readonly peak: NonNullable<Energy["peak"]>;
  readonly machines: readonly { readonly id: string; readonly name: string }[];
}) {
  const known = props.machines.filter(({ id }) => props.peak.shares[id] !== undefined);
  const rows = known
    .map(({ id, name }) => ({ id, name, share: props.peak.shares[id] ?? null }))
    .toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const measured = rows.reduce((sum, { share }) => sum + (share ?? 0), 0);
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">{t("energy.machine")}</th>
          <th scope="col" class="number">
            {t("energy.power")}
          </th>
          <th scope="col" class="number">
            {t("energy.share")}
          </th>
        </tr>
      </thead>
      <tbody>
        {[...rows, { id: "", name: t("energy.remainder"), share: 1 - measured }].map((row) => (
          <tr key={row.id}>
            <th scope="row">{row.name}</th>
            <td class="number">{format.value.power(row.share === null ? null : row.share * props.peak.powerW)}</td>
            <td class="number">{format.value.percent(row.share, 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
