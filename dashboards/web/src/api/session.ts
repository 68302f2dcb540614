/** Who we are to the site: the token from the printed address becomes a cookie and leaves the address at once. */
import { signal } from "@preact/signals";
import { followAddress, replaceAddress } from "../router.ts";
import { plantLanguage } from "../settings.ts";
import { followLive, healthStatus, overview, setClock } from "./live.ts";
import { type Failure, closeSession, openSession, paths, request } from "./request.ts";
import type { Plant } from "./types.ts";

export type Session =
  | { readonly kind: "checking" }
  | { readonly kind: "in"; readonly plant: Plant }
  | { readonly kind: "out"; readonly because: "noToken" | "wrongToken" | "expired" }
  | { readonly kind: "failed"; readonly failure: Failure };

export const session = signal<Session>({ kind: "checking" });
let live: AbortController | undefined;

/** While the site is away at the start, the page looks again by itself. */
const RETRY_MS = 2000;

export async function startApp(): Promise<void> {
  const token = takeToken();
  followAddress();
  // The same tab may be given a printed address again, which changes only what is after the #.
  addEventListener("hashchange", () => {
    const again = takeToken();
    if (again !== null) void login(again);
  });
  if (token === null) await enter("noToken");
  else await login(token);
}

/** Reads `#token=…` and removes it, so that neither history nor a shared screen keeps it. */
function takeToken(): string | null {
  const match = /^#token=(.+)$/.exec(location.hash);
  if (match?.[1] === undefined) return null;
  replaceAddress("#/");
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

export async function login(token: string): Promise<void> {
  session.value = { kind: "checking" };
  const answer = await openSession(token);
  if (answer.kind === "ok") await enter("expired");
  else if (answer.kind === "unreachable") fail(answer, () => login(token));
  // A token that does not even have the form of one is refused as invalid input.
  else if (answer.kind === "login" || answer.status === 400) session.value = { kind: "out", because: "wrongToken" };
  else session.value = { kind: "failed", failure: answer };
}

export async function logout(): Promise<void> {
  await closeSession();
  live?.abort();
  session.value = { kind: "out", because: "noToken" };
}

/** Asks for the plant: proof that the cookie is good, and what every page needs. */
export async function enter(because: "noToken" | "expired"): Promise<void> {
  const answer = await request(paths.plant());
  if (answer.kind === "login") session.value = { kind: "out", because };
  else if (answer.kind !== "ok") fail(answer, () => enter(because));
  else {
    plantLanguage.value = answer.data.language;
    setClock(answer.data.clock.now, answer.data.clock.speed);
    live?.abort();
    live = new AbortController();
    overview.value = null;
    healthStatus.value = null;
    session.value = { kind: "in", plant: answer.data };
    followLive(live.signal, stillIn);
  }
}

function fail(failure: Failure, again: () => Promise<void>): void {
  session.value = { kind: "failed", failure };
  setTimeout(() => {
    if (session.value.kind === "failed") void again();
  }, RETRY_MS);
}

/** After a loss: a restarted site may run another plant, or want the token again. */
async function stillIn(): Promise<void> {
  const answer = await request(paths.plant());
  if (answer.kind === "login") {
    live?.abort();
    session.value = { kind: "out", because: "expired" };
  } else if (answer.kind === "ok" && session.value.kind === "in") {
    setClock(answer.data.clock.now, answer.data.clock.speed);
    session.value = { kind: "in", plant: answer.data };
  }
}
