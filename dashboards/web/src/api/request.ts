/** One request to the site; a failure is a value that says what a person can do about it. */
import type { Energy, Health, Ledger, Overview, Plant, Series, Shift, Stops, Timeline } from "./types.ts";

export type Failure =
  | { readonly kind: "login" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "refused"; readonly status: number; readonly detail: string };
export type Answer<T> = { readonly kind: "ok"; readonly data: T } | Failure;

/** A Pi that computes a month of history may take a while; longer than this somebody should know. */
const TIMEOUT_MS = 20_000;

export interface Replies {
  readonly plant: Plant;
  readonly overview: Overview;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly stops: Stops;
  readonly shifts: { readonly shifts: readonly Shift[] };
  readonly series: Series;
  readonly energy: Energy;
  readonly health: Health;
}

/** A typed path below /api/v1. */
export interface Path<Name extends keyof Replies> {
  readonly name: Name;
  readonly url: string;
}

const range = (from: number, to: number): Record<string, string> => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});
const path = <Name extends keyof Replies>(name: Name, url: string, query: Record<string, string> = {}): Path<Name> => {
  const search = new URLSearchParams(query).toString();
  return { name, url: `/api/v1${url}${search === "" ? "" : `?${search}`}` };
};
const ofMachine = (machine: string): string => `/machines/${encodeURIComponent(machine)}`;

export const paths = {
  plant: () => path("plant", "/plant"),
  overview: () => path("overview", "/overview"),
  health: () => path("health", "/health"),
  timeline: (machine: string, from: number, to: number) =>
    path("timeline", `${ofMachine(machine)}/timeline`, range(from, to)),
  ledger: (machine: string, from: number, to: number) =>
    path("ledger", `${ofMachine(machine)}/ledger`, range(from, to)),
  stops: (machine: string, from: number, to: number) => path("stops", `${ofMachine(machine)}/stops`, range(from, to)),
  shifts: (machine: string, from: number, to: number) => path("shifts", "/shifts", { machine, ...range(from, to) }),
  series: (tag: string, from: number, to: number, points: number) =>
    path("series", "/series", { tag, ...range(from, to), points: String(points) }),
  energy: (from: number, to: number) => path("energy", "/energy", range(from, to)),
};

export async function request<Name extends keyof Replies>(
  wanted: Path<Name>,
  signal?: AbortSignal,
): Promise<Answer<Replies[Name]>> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(wanted.url, {
      headers: { accept: "application/json" },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (response.ok) return { kind: "ok", data: (await response.json()) as Replies[Name] };
    return await failureOf(response);
  } catch {
    return { kind: "unreachable" };
  }
}

/** Trades the token for a cookie that scripts cannot read. */
export async function openSession(token: string): Promise<Answer<null>> {
  try {
    const response = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok ? { kind: "ok", data: null } : await failureOf(response);
  } catch {
    return { kind: "unreachable" };
  }
}

export async function closeSession(): Promise<void> {
  await fetch("/api/v1/session", { method: "DELETE" }).catch(() => undefined);
}

async function failureOf(response: Response): Promise<Failure> {
  if (response.status === 401 || response.status === 403) return { kind: "login" };
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown; title?: unknown };
  const detail = [problem.detail, problem.title].find((text) => typeof text === "string");
  return { kind: "refused", status: response.status, detail: typeof detail === "string" ? detail : "" };
}
