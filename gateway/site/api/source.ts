/** What the API reads from: the running site, or the word that it is still starting. */
import type { PlantConfig } from "../../config/schema.ts";
import type { Clock } from "../../model/time.ts";
import type { OpenHistorian } from "../historian/open.ts";
import type { Ingest } from "../ingest.ts";
import type { LedgerBook } from "../ledger/book.ts";
import { refusal } from "./problems.ts";

/** What the API asks of the ingest. */
export type IngestView = Omit<Ingest, typeof Symbol.asyncDispose>;

/** The parts that the site starts one after another; the API answers from the first moment on. */
export interface Running {
  readonly ledger: LedgerBook;
  readonly historian: OpenHistorian;
  readonly ingest: IngestView;
  readonly brokerConnected: () => boolean;
}

export interface Source {
  readonly plant: PlantConfig;
  readonly clock: Clock;
  /** Undefined while the site starts. */
  readonly running: () => Running | undefined;
  /** What keeps the site from starting, when something does. */
  readonly startingError: () => string | undefined;
  readonly loopLagMs: () => number;
}

/** Seconds after which a page that came too early may ask again. */
const STARTING_RETRY_SECONDS = 1;

/** The running site; refuses the request with 503 while there is none. */
export function runningOf(source: Source): Running {
  const running = source.running();
  if (running === undefined) throw refusal(503, "the gateway is starting; ask again", STARTING_RETRY_SECONDS);
  return running;
}
