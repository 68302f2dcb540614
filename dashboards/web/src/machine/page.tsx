/** Why a machine made what it made: timeline, losses, stops, counts, trend, all of one stretch of time. */
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { overview, siteNow } from "../api/live.ts";
import { useLoad, useSteady } from "../api/load.ts";
import { paths } from "../api/request.ts";
import type { MachineInfo, Plant } from "../api/types.ts";
import { format, plant, timeZone } from "../format/current.ts";
import { addDays, dayOf, startOfDay } from "../format/zone.ts";
import { Card, Empty, Notice, Shown, Skeleton } from "../parts/parts.tsx";
import { addressOf, machineAddress, replaceAddress } from "../router.ts";
import { StateWord } from "../states/sign.tsx";
import { t } from "../text/text.ts";
import { Counts, Figures } from "./figures.tsx";
import { Pareto, UnknownTime } from "./pareto.tsx";
import { RangePicker } from "./picker.tsx";
import { type Chosen, type Range, chosenFrom, queryOf, rangeOf } from "./range.ts";
import { TimelineChart } from "./timeline.tsx";
import { Trend } from "./trend.tsx";
import { Waterfall } from "./waterfall.tsx";

/** How often a running stretch is asked for again. */
const REFRESH_MS = 15_000;
/** Looks at the last two shifts even after a long weekend with holidays. */
const SHIFT_DAYS = 10;
/** A finger that zooms asks for a trend only when it rests. */
const REST_MS = 300;

export function MachinePage(props: { readonly machine: string | null; readonly query: URLSearchParams }) {
  const known = plant.value;
  if (known === null) return null;
  // Who asks for no machine in particular most likely wants the one that sets the pace.
  const wanted =
    props.machine ?? known.lines.find((line) => line.constraint !== null)?.constraint ?? known.machines[0]?.id;
  const machine = known.machines.find(({ id }) => id === wanted);
  if (known.machines.length === 0) return <Empty>{t("overview.noMachines")}</Empty>;
  if (machine === undefined) {
    return (
      <Notice tone="warning" title={t("machine.notFound", { machine: wanted ?? "" })}>
        <a href="#/">{t("notFound.back")}</a>
      </Notice>
    );
  }
  return <OneMachine key={machine.id} machine={machine} plant={known} query={props.query} />;
}

function OneMachine(props: { readonly machine: MachineInfo; readonly plant: Plant; readonly query: URLSearchParams }) {
  const { machine } = props;
  const zone = timeZone.value;
  const chosen = chosenFrom(props.query);
  const today = dayOf(siteNow.value, zone);
  const shifts = useLoad(
    paths.shifts(machine.id, startOfDay(addDays(today, -SHIFT_DAYS), zone), startOfDay(addDays(today, 1), zone)),
  );
  const now = siteNow.value;
  const needsShifts = chosen.kind === "named" && (chosen.name === "shift" || chosen.name === "previous");
  const begun = shifts.load.kind === "ready" ? shifts.load.data.shifts : [];
  const latest = rangeOf("shift", begun, now, zone);
  const range = chosen.kind === "custom" ? chosen.range : rangeOf(chosen.name, begun, now, zone);
  const choose = (next: Chosen): void =>
    replaceAddress(addressOf({ page: "machine", machine: machine.id, query: queryOf(next) }));

  return (
    <>
      <Heading machine={machine} plant={props.plant} />
      <RangePicker chosen={chosen} range={range} isOver={latest !== null && latest.to <= now} onChoose={choose} />
      {range !== null ? (
        <RangeOfMachine
          machine={machine}
          plant={props.plant}
          from={range.from}
          to={range.to}
          isRunning={range.from <= now && now <= range.to}
        />
      ) : needsShifts && shifts.load.kind === "ready" ? (
        <Empty>{t("machine.noShift")}</Empty>
      ) : (
        <Shown loaded={shifts} height={320}>
          {() => <Skeleton height={320} />}
        </Shown>
      )}
    </>
  );
}

function Heading({ machine, plant: known }: { readonly machine: MachineInfo; readonly plant: Plant }) {
  const field = useId();
  const tile = overview.value?.machines.find((one) => one.machine === machine.id);
  return (
    <div class="page-head">
      <h1>{machine.name}</h1>
      {tile === undefined ? null : (
        <p class="page-state">
          <StateWord state={tile.state} size={20} />
          {tile.since === null ? null : (
            <span>{t("tile.for", { duration: format.value.duration(siteNow.value - Date.parse(tile.since)) })}</span>
          )}
          {tile.product === null ? null : <span>{t("slice.product", { product: tile.product })}</span>}
        </p>
      )}
      <label class="hidden" for={field}>
        {t("machine.choose")}
      </label>
      <select
        id={field}
        value={machine.id}
        onChange={(event) => {
          location.hash = machineAddress(event.currentTarget.value);
        }}
      >
        {known.machines.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function RangeOfMachine(props: {
  readonly machine: MachineInfo;
  readonly plant: Plant;
  readonly from: number;
  readonly to: number;
  readonly isRunning: boolean;
}) {
  const { machine, from, to } = props;
  const whole = useMemo<Range>(() => ({ from, to }), [from, to]);
  const [window, setWindow] = useState<Range>(whole);
  const [rested, setRested] = useState<Range>(whole);
  useEffect(() => setWindow(whole), [whole]);
  useEffect(() => {
    const timer = setTimeout(() => setRested(window), REST_MS);
    return () => clearTimeout(timer);
  }, [window]);
  const refresh = props.isRunning ? REFRESH_MS : null;
  const timeline = useLoad(paths.timeline(machine.id, from, to), refresh);
  const ledger = useLoad(paths.ledger(machine.id, from, to), refresh);
  const stops = useLoad(paths.stops(machine.id, from, to), refresh);
  const steadyLedger = useSteady(ledger.load);
  return (
    <div class="cards">
      <Card title={t("machine.timeline")} wide>
        <Shown loaded={timeline} height={180}>
          {(data) =>
            data.slices.length === 0 ? (
              <Empty>{t("machine.noData")}</Empty>
            ) : (
              <TimelineChart timeline={data} whole={whole} window={window} onWindow={setWindow} />
            )
          }
        </Shown>
      </Card>
      <Card title={t("machine.oee")} wide>
        <Shown loaded={ledger} steady={steadyLedger} height={150}>
          {(data) => <Figures ledger={data} hasParts={machine.hasParts} />}
        </Shown>
      </Card>
      <div class="stack">
        <Card title={t("machine.losses")} note={t("machine.lossesNote")}>
          <Shown loaded={ledger} steady={steadyLedger} height={380}>
            {(data) => <Waterfall ledger={data} />}
          </Shown>
        </Card>
        <Card title={t("machine.stops")} note={t("machine.stopsNote")}>
          <Shown loaded={stops} height={380}>
            {(data) => (
              <>
                <UnknownTime sums={steadyLedger.kind === "ready" ? steadyLedger.data.sums : null} />
                <Pareto stops={data.stops.filter(({ state }) => state !== "unknown")} />
              </>
            )}
          </Shown>
        </Card>
        <Card title={t("machine.counts")}>
          <Shown loaded={ledger} steady={steadyLedger} height={200}>
            {(data) => <Counts ledger={data} hasParts={machine.hasParts} />}
          </Shown>
        </Card>
        <Card title={t("machine.trend")} note={t("machine.trendNote")}>
          <Trend machine={machine} plant={props.plant} window={rested} refreshMs={refresh} />
        </Card>
      </div>
    </div>
  );
}
