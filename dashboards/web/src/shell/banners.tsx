/** What must be known on every page: demo data, and a connection that is gone. */
import { connection } from "../api/live.ts";
import type { Plant } from "../api/types.ts";
import { format } from "../format/current.ts";
import { t } from "../text/text.ts";

export function Banners({ plant }: { readonly plant: Plant }) {
  const state = connection.value;
  const speed =
    plant.clock.speed === 1 ? "" : ` ${t("shell.demoSpeed", { speed: format.value.number(plant.clock.speed) })}`;
  return (
    <>
      <div role="alert" class={state.kind === "lost" ? "banner lost" : "hidden"}>
        {state.kind === "lost" ? t("shell.lost", { time: format.value.clockSeconds(state.since) }) : null}
      </div>
      {plant.demo ? (
        <aside class="banner demo" aria-label={t("shell.demoLabel")}>
          {t("shell.demo")}
          {speed}
        </aside>
      ) : null}
    </>
  );
}
