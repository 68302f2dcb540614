/** Every tag with its age; the faulty first, and only those when there are many. */
import { useId, useState } from "preact/hooks";
import { values } from "../api/live.ts";
import type { Health } from "../api/types.ts";
import { format } from "../format/current.ts";
import { Choice, Empty, Scroll } from "../parts/parts.tsx";
import { t } from "../text/text.ts";
import { adviceTold, reasonTold } from "../text/told.ts";

type Tag = Health["tags"][number];
/** What a phone scrolls through without complaint; searching finds the rest. */
const SHOWN = 200;
/** Enough to see that all is well; the rest, and what went wrong lately below it, is one tap away. */
const SHOWN_FIRST = 10;

export const isFaulty = (tag: Tag): boolean => tag.stale || tag.error !== null || tag.quality === "bad";

/** Faulty first, then by name; the search looks at id and connection. */
export function chosenTags(tags: readonly Tag[], search: string, only: "all" | "faulty"): readonly Tag[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return tags
    .filter((tag) => only === "all" || isFaulty(tag))
    .filter((tag) => words.every((word) => tag.id.toLowerCase().includes(word)))
    .toSorted((a, b) => Number(isFaulty(b)) - Number(isFaulty(a)) || a.id.localeCompare(b.id));
}

export function TagTable({ tags }: { readonly tags: readonly Tag[] }) {
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState<"all" | "faulty">("all");
  const field = useId();
  const { value, duration, number, clockSeconds } = format.value;
  const [whole, setWhole] = useState(false);
  const found = chosenTags(tags, search, only);
  // A search and a fault are looked for in full.
  const first = whole || search !== "" ? SHOWN : Math.max(SHOWN_FIRST, found.filter(isFaulty).length);
  return (
    <>
      <div class="field-row">
        <label for={field}>{t("tags.search")}</label>
        <input id={field} type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        <Choice
          name={t("tags.which")}
          chosen={only}
          choices={[
            { key: "all", name: t("tags.all", { count: tags.length }) },
            { key: "faulty", name: t("tags.faulty", { count: tags.filter(isFaulty).length }) },
          ]}
          onChoose={setOnly}
        />
      </div>
      {found.length === 0 ? (
        <Empty>{only === "faulty" && search === "" ? t("tags.noneFaulty") : t("tags.none")}</Empty>
      ) : (
        <Scroll name={t("health.tags")}>
          <table class="plain tags">
            <thead>
              <tr>
                <th scope="col">{t("tags.tag")}</th>
                <th scope="col">{t("tags.state")}</th>
                <th scope="col" class="number">
                  {t("tags.value")}
                </th>
                <th scope="col" class="number">
                  {t("tags.age")}
                </th>
                <th scope="col" class="number">
                  {t("tags.rate")}
                </th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, Math.min(SHOWN, first)).map((tag) => {
                const live = values.value[tag.id];
                const isNewer =
                  live !== undefined && (tag.time === null || Date.parse(live.time) > Date.parse(tag.time));
                return (
                  <tr key={tag.id} class={isFaulty(tag) ? "faulty" : ""}>
                    <th scope="row">{tag.id}</th>
                    <td>
                      {isFaulty(tag) ? (
                        <>
                          <span class="tag-fault">{stateOf(tag)}</span>
                          {tag.error === null ? null : (
                            <span class="connection-reason">{reasonTold(tag, tag.error)}</span>
                          )}
                          {tag.advice === null ? null : <span class="cure">{adviceTold(tag, tag.advice)}</span>}
                        </>
                      ) : (
                        t("tags.good")
                      )}
                    </td>
                    <td class="number">
                      {value(isNewer ? live.value : tag.value)} {tag.unit ?? ""}
                    </td>
                    <td class="number" title={tag.time === null ? undefined : clockSeconds(tag.time)}>
                      {tag.ageMs === null ? "–" : duration(tag.ageMs)}
                      <small>{t("tags.maxAge", { duration: duration(tag.maxAgeMs) })}</small>
                    </td>
                    <td class="number">
                      {number(tag.perMinute)}
                      <small>{t("tags.rateUnit")}</small>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {first < Math.min(SHOWN, found.length) ? (
            <button type="button" class="button" onClick={() => setWhole(true)}>
              {t("tags.showAll", { count: found.length })}
            </button>
          ) : null}
          {found.length > SHOWN && first >= SHOWN ? (
            <p class="note">{t("tags.more", { count: found.length - SHOWN })}</p>
          ) : null}
        </Scroll>
      )}
    </>
  );
}

function stateOf(tag: Tag): string {
  if (tag.time === null) return t("tags.never");
  if (tag.stale) return t("tags.stale");
  return tag.quality === "bad" ? t("tags.bad") : t("tags.error");
}
