/** The few pieces that every page is made of: card, figure, notice, skeleton, switch. */
import type { ComponentChildren } from "preact";
import type { Failure } from "../api/request.ts";
import { type Load, type Loaded, STARTING } from "../api/load.ts";
import { t } from "../text/text.ts";

export function Card(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={`card${props.wide === true ? " wide" : ""}`} aria-label={props.title}>
      <h2>{props.title}</h2>
      {props.note === undefined ? null : <p class="note">{props.note}</p>}
      {props.children}
    </section>
  );
}

export function Figure(props: { readonly name: string; readonly value: string; readonly note?: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd>
        <span class="figure-value">{props.value}</span>
        {props.note === undefined ? null : <span class="figure-note">{props.note}</span>}
      </dd>
    </div>
  );
}

/** Something to know; `alert` is read out at once. */
export function Notice(props: {
  readonly tone: "info" | "warning" | "fault";
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: { readonly name: string; readonly run: () => void };
}) {
  return (
    <div class={`notice ${props.tone}`} role={props.tone === "info" ? "status" : "alert"}>
      <svg class="notice-mark" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
        <path
          fill-rule="evenodd"
          d={
            props.tone === "info"
              ? "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zM11 10h2v8h-2zM11 6h2v2.2h-2z"
              : "M12 2l11 20H1zM11 9v6h2V9zM11 17v2.2h2V17z"
          }
        />
      </svg>
      <div>
        <p class="notice-title">{props.title}</p>
        {props.children === undefined ? null : <div class="notice-text">{props.children}</div>}
      </div>
      {props.action === undefined ? null : (
        <button type="button" class="button" onClick={props.action.run}>
          {props.action.name}
        </button>
      )}
    </div>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Skeleton({ height }: { readonly height: number }) {
  return (
    <output class="skeleton-box">
      <svg class="skeleton" width="100%" height={height} aria-hidden="true">
        <rect width="100%" height="100%" rx="6" />
      </svg>
      <span class="hidden">{t("load.loading")}</span>
    </output>
  );
}

export function reasonOf(failure: Failure): string {
  if (failure.kind === "refused") return t("load.refused", { status: failure.status, detail: failure.detail });
  return failure.kind === "login" ? t("login.expired") : t("load.unreachable");
}

/** Shows what was loaded, or the designed form of not having it. */
export function Shown<T>(props: {
  readonly loaded: Loaded<T>;
  readonly height: number;
  readonly steady?: Load<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  const load = props.steady ?? props.loaded.load;
  if (load.kind === "loading") return <Skeleton height={props.height} />;
  if (load.kind === "failed") {
    const { failure } = load;
    if (failure.kind === "refused" && failure.status === STARTING) {
      return (
        <>
          <Notice tone="info" title={t("load.starting")}>
            {t("load.startingText")}
          </Notice>
          <Skeleton height={props.height} />
        </>
      );
    }
    return (
      <Notice tone="fault" title={t("load.failed")} action={{ name: t("load.retry"), run: props.loaded.retry }}>
        {reasonOf(failure)}
      </Notice>
    );
  }
  return (
    <>
      {load.stale ? <p class="stale-note">{t("load.stale")}</p> : null}
      {props.children(load.data)}
    </>
  );
}

/** One of a few: all choices stay visible, which a thumb finds faster than a list. */
export function Choice<Key extends string>(props: {
  readonly name: string;
  readonly chosen: Key | null;
  readonly choices: readonly { readonly key: Key; readonly name: string }[];
  readonly onChoose: (key: Key) => void;
}) {
  return (
    <fieldset class="choice" aria-label={props.name}>
      {props.choices.map(({ key, name }) => (
        <button key={key} type="button" aria-pressed={key === props.chosen} onClick={() => props.onChoose(key)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}

/** A long table in a box of its own, which the keyboard can scroll (WCAG 2.1.1). */
export function Scroll({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={t("parts.table", { name })}>
      {children}
    </section>
  );
}

/** A horizontal bar in a table row; `from` and `to` are shares of the full width. */
export function Bar(props: { readonly from: number; readonly to: number; readonly kind: string }) {
  const start = Math.max(0, Math.min(props.from, props.to));
  const width = Math.max(0.25, Math.abs(props.to - props.from) * 100);
  return (
    <svg class="bar" width="100%" height="22" aria-hidden="true">
      <rect class="bar-ground" width="100%" height="100%" />
      <rect
        class={`bar-fill ${props.kind}`}
        x={`${Math.min(start * 100, 100 - width)}%`}
        width={`${width}%`}
        height="100%"
      />
    </svg>
  );
}
