/** What is known of each tag, and the readings that its data values become. */
import type { DataValue, NodeId } from "node-opcua-client";
import type { AdapterContext, Reading } from "../../gateway/model/protocol.ts";
import type { Quality, Value } from "../../gateway/model/sample.ts";
import type { Told } from "../../gateway/model/told.ts";
import { micros, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from "../../gateway/model/units.ts";
import { explainStatus, tell } from "./advice.ts";
import type { OpcuaConnection, OpcuaTag } from "./options.ts";
import { shownSize, sourceTime } from "./timestamp.ts";
import { decodeVariant, parseMember, type MemberPath } from "./value.ts";

export interface Tag {
  readonly name: string;
  readonly config: OpcuaTag;
  readonly member: MemberPath | undefined;
  /** Resolved at each connect: the index of a namespace may change with a restart of the server. */
  node: NodeId | undefined;
  /** When anything was last emitted, in real milliseconds. */
  heardAt: number;
  /** Counts notifications, so that a re-read can see whether one came in the meantime. */
  notifications: number;
  /** The next notification is the value at the time of subscribing, not a change. */
  initial: boolean;
  value: Value | null | undefined;
  status: number;
  lastSource: Micros | undefined;
  /** The latest moment for which a value was given. */
  lastTime: number;
  trouble: string | undefined;
}
export interface Notified {
  readonly tag: Tag;
  readonly value: DataValue;
  /** Of a notification that came after later ones, because it had to be asked for again. */
  readonly late?: boolean;
}

/** Two clocks this near to each other are one; what is less is the delay of network and sampling. */
const ONE_CLOCK = 2 * MICROS_PER_SECOND;

export function tagsOf(connection: OpcuaConnection): Tag[] {
  return Object.entries(connection.tags).map(([name, config]) => ({
    name,
    config,
    member: config.member === undefined ? undefined : parseMember(config.member),
    node: undefined,
    heardAt: -Infinity,
    notifications: 0,
    initial: true,
    value: undefined,
    status: 0,
    lastSource: undefined,
    lastTime: -Infinity,
    trouble: undefined,
  }));
}

/** Turns data values into readings, and tells of each tag's troubles when they begin, change and end. */
export class TagBook {
  readonly #context: AdapterContext;
  readonly #tolerance: number;
  /** The server's clock minus ours, when it last published. */
  #serverAhead: number | undefined;
  constructor(connection: OpcuaConnection, context: AdapterContext) {
    this.#context = context;
    // The delay of the network is real time; on a clock that runs faster it looks longer.
    this.#tolerance = connection.clockTolerance * MICROS_PER_MILLI * Math.max(1, context.speed);
  }

  /** When the server published what comes next, by its own clock. */
  published(time: Date | null | undefined): void {
    const millis = time?.getTime() ?? 0;
    // A clock that runs fast is the demo's, and shows nothing of the server's.
    const known = millis > 0 && this.#context.speed === 1;
    this.#serverAhead = known ? millis * MICROS_PER_MILLI - this.#context.now() : undefined;
  }

  /**
   * Changes that the server reported.
   * @param heldSince set while a backlog is caught up after an interruption: from when on old times are to be expected
   */
  notified(values: readonly Notified[], heldSince?: Micros): void {
    const now = this.#context.now();
    const readings: Reading[] = [];
    const heardAt = performance.now();
    for (const { tag, value, late = false } of values) {
      const { status, quality, content, explained } = this.#decode(tag, value);
      const give = (time: Micros, behind = false) => {
        readings.push({ tag: tag.name, time, value: content, quality, ...(behind ? { late: true } : {}) });
        tag.lastTime = Math.max(tag.lastTime, time);
      };
      const source = sourceTime(value);
      const earliest = (heldSince ?? now) - this.#tolerance;
      const credible = source !== undefined && source >= earliest && source <= now + this.#tolerance;
      const changed = !Object.is(tag.value, content) || tag.status !== status;
      if (value.statusCode.hasOverflowBit && !tag.initial) this.#overflow(tag, source ?? now);
      // What was fetched again is older than what is known: it is a reading, but not the latest word.
      const older = late && credible && tag.lastSource !== undefined && source < tag.lastSource;
      if (tag.initial) {
        if (credible && source > now) give(source);
        else {
          // An old source time says since when the value holds; that it holds now is an observation of its own.
          if (credible && source > (tag.lastSource ?? 0) && source > tag.lastTime && this.#oneClock()) give(source);
          give(this.#observed(tag, now));
        }
      } else if (changed || !credible || source !== tag.lastSource) {
        // The same value at the same time is a notification that came twice.
        give(older ? source : this.#timeOf(tag, source, credible, now), older);
      }
      // A value that is sent again keeps the time of its last change, however long ago: only a change tells of the clock.
      const doubt = changed ? this.#doubt(tag, source, credible, now) : undefined;
      this.#tell(tag, explained ?? doubt);
      tag.initial = false;
      if (!older) {
        tag.value = content;
        tag.status = status;
        tag.lastSource = credible ? source : tag.lastSource;
      }
      tag.heardAt = heardAt;
      tag.notifications++;
    }
    if (readings.length > 0) this.#context.emit(readings);
  }

  /**
   * Values read because nothing was heard of the tags. What is as notified is confirmed.
   * @param asked when the read was sent: a change that is on its way meanwhile is later than that, never earlier
   * @returns the tags whose value is another than was last notified: their notification should be on its way
   */
  confirmed(values: readonly Notified[], asked: Micros): Tag[] {
    const readings: Reading[] = [];
    const different: Tag[] = [];
    for (const { tag, value } of values) {
      const { status, quality, content } = this.#decode(tag, value);
      if (tag.notifications === 0 || !Object.is(tag.value, content) || tag.status !== status) {
        different.push(tag);
        continue;
      }
      tag.heardAt = performance.now();
      // A server whose clock is ahead has said that much already.
      if (this.#observed(tag, asked) !== asked) continue;
      tag.lastTime = Math.max(tag.lastTime, asked);
      readings.push({ tag: tag.name, time: asked, value: content, quality });
    }
    if (readings.length > 0) this.#context.emit(readings);
    return different;
  }

  /** Whether the server's clock shows what ours does; believed where nothing is known of it. */
  #oneClock(): boolean {
    return Math.abs(this.#serverAhead ?? 0) <= ONE_CLOCK;
  }

  /** A moment of our own clock, not before one that the tag has a value of by the server's. */
  #observed(tag: Tag, time: Micros): Micros {
    const behind = tag.lastTime - time;
    // Further than that, our own clock was set back: then there is no better time than what it shows.
    return behind >= 0 && behind <= this.#tolerance ? micros(tag.lastTime + 1) : time;
  }

  /** When a change happened. A story told in two clocks at once would put old values after new ones. */
  #timeOf(tag: Tag, source: Micros | undefined, credible: boolean, now: Micros): Micros {
    if (source === undefined) return this.#observed(tag, now);
    // Before what was observed already: the server's clock is behind ours, and only ours goes forward from there.
    if (credible) return source > tag.lastTime - ONE_CLOCK || now <= tag.lastTime ? source : now;
    // The server's clock is right and the change fits to all that was observed: it was long on its way.
    const wasLate = source < now && source > tag.lastTime && this.#serverAhead !== undefined && this.#oneClock();
    return wasLate ? source : now;
  }

  now(): Micros {
    return this.#context.now();
  }

  trouble(tag: Tag, explained: Told): void {
    this.#tell(tag, explained);
  }

  #decode(tag: Tag, dataValue: DataValue): Decoding {
    const { statusCode } = dataValue;
    // The lower half holds information such as the overflow bit, which is no other status.
    const status = statusCode.value & 0xffff0000;
    const severity = (statusCode.value >>> 30) & 3;
    if (severity >= 2) {
      return { status, quality: "bad", content: null, explained: explainStatus(statusCode.name) };
    }
    const decoded = decodeVariant(dataValue.value, tag.member);
    if ("unreadable" in decoded) {
      const explained = tell("opcua.member", { detail: decoded.unreadable });
      return { status, quality: "bad", content: null, explained };
    }
    if (decoded.value === null) return { status, quality: "bad", content: null, explained: undefined };
    return { status, quality: severity === 1 ? "uncertain" : "good", content: decoded.value, explained: undefined };
  }

  #doubt(tag: Tag, source: Micros | undefined, credible: boolean, now: Micros): Told | undefined {
    // At the first value an old time is right: it is when the value last changed.
    if (source === undefined || credible || (tag.initial && source < now)) return undefined;
    return tell(source < now ? "opcua.clockBehind" : "opcua.clockAhead", { size: shownSize(source - now) });
  }

  #overflow(tag: Tag, time: Micros): void {
    const from = micros(Math.min(tag.lastSource ?? time, time));
    this.#context.gap({ tag: tag.name, from, to: time, why: tell("opcua.overflow") });
  }

  #tell(tag: Tag, told: Told | undefined): void {
    const key = told === undefined ? undefined : keyOf(told);
    if (key === tag.trouble) return;
    tag.trouble = key;
    if (told === undefined) this.#context.well(tag.name);
    else this.#context.trouble({ tag: tag.name, ...told });
  }
}

/** Two troubles with one key are the same: the offset of a clock differs from value to value. */
const keyOf = ({ code, reason }: Told): string => (code.startsWith("opcua.clock") ? code : reason);

interface Decoding {
  readonly status: number;
  readonly quality: Quality;
  readonly content: Value | null;
  readonly explained: Told | undefined;
}
