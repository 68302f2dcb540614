/** Gaps of many tags with one cause become one incident: a thousand tags must not fill the history with their own loss. */
import type { Gap } from "../model/protocol.ts";
import { because, type Incident } from "../model/record.ts";
import type { Told } from "../model/told.ts";
import { micros, tagId } from "../model/units.ts";

export interface GapBookOptions {
  readonly connection: string;
  readonly record: (incident: Incident) => void;
}
export interface GapBook {
  readonly add: (gap: Gap) => void;
  /** Tells what is still being gathered. */
  readonly close: () => void;
}

/** Tags lose together: the notifications that tell of it come within this. */
const FIRST_MS = 1_000;
/** A queue that goes on overflowing is told this often. */
const AGAIN_MS = 10_000;
/** Causes gathered at a time; an adapter has a handful. What comes beyond is told at once. */
const MAX_CAUSES = 100;

interface Gathered {
  from: number;
  to: number;
  readonly why: Told;
  readonly tags: Set<string>;
  readonly timer: NodeJS.Timeout;
}

export function gapBook({ connection, record }: GapBookOptions): GapBook {
  const gathered = new Map<string, Gathered>();
  /** Causes that were told a moment ago. */
  const recent = new Set<string>();

  function add({ tag, from, to, why }: Gap): void {
    // One that means every tag is one already.
    if (tag === undefined) return record({ kind: "gap", connection, from, to, ...because(why) });
    const cause = why.reason;
    const known = gathered.get(cause);
    if (known !== undefined) {
      known.from = Math.min(known.from, from);
      known.to = Math.max(known.to, to);
      known.tags.add(tag);
      return;
    }
    const timer = setTimeout(() => tell(cause), recent.has(cause) ? AGAIN_MS : FIRST_MS);
    gathered.set(cause, { from, to, why, tags: new Set([tag]), timer });
    if (gathered.size > MAX_CAUSES) tell(cause);
  }

  function tell(cause: string): void {
    const one = gathered.get(cause);
    if (one === undefined) return;
    clearTimeout(one.timer);
    gathered.delete(cause);
    if (recent.size < MAX_CAUSES && !recent.has(cause)) {
      recent.add(cause);
      setTimeout(() => recent.delete(cause), AGAIN_MS).unref();
    }
    const [only, ...others] = one.tags;
    record({
      kind: "gap",
      connection,
      ...(only === undefined || others.length > 0 ? { tags: one.tags.size } : { tag: tagId(connection, only) }),
      from: micros(one.from),
      to: micros(one.to),
      ...because(one.why),
    });
  }

  return {
    add,
    close: () => {
      for (const cause of gathered.keys()) tell(cause);
    },
  };
}
