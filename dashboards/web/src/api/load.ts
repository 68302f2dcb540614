/** A reply that a page shows: loading, there, there but no longer refreshed, or failed. */
import { useEffect, useState } from "preact/hooks";
import { type Failure, type Path, type Replies, request } from "./request.ts";
import { lost } from "./live.ts";
import { session } from "./session.ts";

/** The site answers so while it opens its stores or reads its history. */
export const STARTING = 503;
const RETRY_MS = 2000;

export type Load<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly data: T; readonly stale: boolean }
  | { readonly kind: "failed"; readonly failure: Failure };
export interface Loaded<T> {
  readonly load: Load<T>;
  readonly retry: () => void;
}

/**
 * Loads a path, again every `refreshMs` while the page is looked at, and again when the connection has healed.
 * @param wanted null: nothing to ask yet
 */
export function useLoad<Name extends keyof Replies>(
  wanted: Path<Name> | null,
  refreshMs: number | null = null,
): Loaded<Replies[Name]> {
  const url = wanted?.url ?? null;
  const [held, setHeld] = useState<{ url: string | null; load: Load<Replies[Name]> }>({
    url: null,
    load: { kind: "loading" },
  });
  const [attempt, setAttempt] = useState(0);
  const connectionLost = lost.value;

  useEffect(() => {
    if (wanted === null) return;
    const abort = new AbortController();
    let attempted = false;
    /** Whether the answer may stand; a site that is away or starting is asked again. */
    const ask = async (): Promise<boolean> => {
      if (document.hidden && refreshMs !== null && attempted) return true;
      attempted = true;
      const answer = await request(wanted, abort.signal);
      if (abort.signal.aborted) return true;
      if (answer.kind === "login") session.value = { kind: "out", because: "expired" };
      setHeld((before) => {
        if (answer.kind === "ok") return { url, load: { kind: "ready", data: answer.data, stale: false } };
        const old = before.load;
        // Figures that were right a moment ago, marked as old, are worth more than an error on top of them.
        if (before.url === url && old.kind === "ready") return { url, load: { ...old, stale: true } };
        return { url, load: { kind: "failed", failure: answer } };
      });
      return answer.kind === "ok" || (answer.kind === "refused" && answer.status !== STARTING);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askAgain = async (): Promise<void> => {
      const wait = (await ask()) ? refreshMs : RETRY_MS;
      if (wait !== null && !abort.signal.aborted) timer = setTimeout(() => void askAgain(), wait);
    };
    void askAgain();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [url, refreshMs, attempt, connectionLost]);

  return {
    load: held.url === url ? held.load : { kind: "loading" },
    retry: () => {
      setHeld({ url: null, load: { kind: "loading" } });
      setAttempt((count) => count + 1);
    },
  };
}

/** Like the load, but keeps showing the previous reply while the next range is on its way, so that zooming is calm. */
export function useSteady<T>(load: Load<T>): Load<T> {
  const [last, setLast] = useState<Load<T>>(load);
  useEffect(() => {
    if (load.kind !== "loading") setLast(load);
  }, [load]);
  return load.kind === "loading" ? last : load;
}
