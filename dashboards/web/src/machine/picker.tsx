/** Which stretch of time the machine page is about. */
import { useEffect, useId, useState } from "preact/hooks";
import { timeZone } from "../format/current.ts";
import { instantOf, localInput } from "../format/zone.ts";
import { Choice } from "../parts/parts.tsx";
import { t } from "../text/text.ts";
import { type Chosen, LONGEST_MS, RANGES, type Range } from "./range.ts";

export function RangePicker(props: {
  readonly chosen: Chosen;
  readonly range: Range | null;
  /** No shift runs now: the first choice is then the one that ended last. */
  readonly isOver: boolean;
  readonly onChoose: (chosen: Chosen) => void;
}) {
  const { chosen } = props;
  const [open, setOpen] = useState(chosen.kind === "custom");
  return (
    <div class="picker">
      <Choice
        name={t("range.label")}
        chosen={chosen.kind === "named" && !open ? chosen.name : "custom"}
        choices={[
          ...RANGES.map((name) => ({
            key: name,
            name: name === "shift" && props.isOver ? t("range.latest") : t(`range.${name}`),
          })),
          { key: "custom" as const, name: t("range.custom") },
        ]}
        onChoose={(key) => {
          setOpen(key === "custom");
          if (key !== "custom") props.onChoose({ kind: "named", name: key });
        }}
      />
      {open && props.range !== null ? <Custom range={props.range} onChoose={props.onChoose} /> : null}
    </div>
  );
}

function Custom({ range, onChoose }: { readonly range: Range; readonly onChoose: (chosen: Chosen) => void }) {
  const zone = timeZone.value;
  const [from, setFrom] = useState(localInput(range.from, zone));
  const [to, setTo] = useState(localInput(range.to, zone));
  const ids = { from: useId(), to: useId() };
  useEffect(() => {
    setFrom(localInput(range.from, zone));
    setTo(localInput(range.to, zone));
  }, [range.from, range.to, zone]);
  const wanted = from === "" || to === "" ? null : { from: instantOf(from, zone), to: instantOf(to, zone) };
  const isGood = wanted !== null && wanted.from < wanted.to && wanted.to - wanted.from <= LONGEST_MS;
  return (
    <form
      class="custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== null && isGood) onChoose({ kind: "custom", range: wanted });
      }}
    >
      <label for={ids.from}>{t("range.from")}</label>
      <input id={ids.from} type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      <label for={ids.to}>{t("range.to")}</label>
      <input id={ids.to} type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      <button type="submit" class="button strong" disabled={!isGood}>
        {t("range.show")}
      </button>
      {isGood ? null : <p role="alert">{t("range.wrong")}</p>}
    </form>
  );
}
