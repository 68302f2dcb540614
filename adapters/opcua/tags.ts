/** What is known of each tag, and the readings that its data values become. */
import type { DataValue, NodeId } from "node-opcua-client";
import type { AdapterContext, Reading } from "../../gateway/model/protocol.ts";
import type { Quality, Value } from "../../gateway/model/sample.ts";
import type { Told } from "../../gateway/model/told.ts";
import { MICROS_PER_MILLI, type Micros } from "../../gateway/model/units.ts";
import { explainStatus, tell } from "./advice.ts";
import type { OpcuaConnection, OpcuaTag } from "./options.ts";
import { shownOffset, sourceTime } from "./timestamp.ts";
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
  trouble: string | undefined;
}
export interface Notified {
  readonly tag: Tag;
  readonly value: DataValue;
}

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
    trouble: undefined,
  }));
}

/** Turns data values into readings, and tells of each tag's troubles when they begin, change and end. */
export class TagBook {
  readonly #context: AdapterContext;
  readonly #tolerance: number;
  constructor(connection: OpcuaConnection, context: AdapterContext) {
    this.#context = context;
    // The delay of the network is real time; on a clock that runs faster it looks longer.
    this.#tolerance = connection.clockTolerance * MICROS_PER_MILLI * Math.max(1, context.speed);
  }

  /**
   * Changes that the server reported.
   * @param heldSince set while a backlog is caught up after an interruption: from when on old times are to be expected
   */
  notified(values: readonly Notified[], heldSince?: Micros): void {
    const now = this.#context.now();
    const readings: Reading[] = [];
    const heardAt = performance.now();
    for (const { tag, value } of values) {
      const { status, quality, content, explained } = this.#decode(tag, value);
      const source = sourceTime(value);
      const earliest = (heldSince ?? now) - this.#tolerance;
      const credible = source !== undefined && source >= earliest && source <= now + this.#tolerance;
      const changed = !Object.is(tag.value, content) || tag.status !== status;
      if (value.statusCode.hasOverflowBit && !tag.initial) this.#overflow(tag, source ?? now);
      if (tag.initial) {
        // An old source time says since when the value holds; that it holds now is an observation of its own.
        if (credible && source < now && source > (tag.lastSource ?? 0)) {
          readings.push({ tag: tag.name, time: source, value: content, quality });
        }
        readings.push({ tag: tag.name, time: now, value: content, quality });
      } else if (changed || !credible || source !== tag.lastSource) {
        // The same value at the same time is a notification that came twice.
        readings.push({ tag: tag.name, time: credible ? source : now, value: content, quality });
      }
      // A value that is sent again keeps the time of its last change, however long ago: only a change tells of the clock.
      const doubt = changed ? this.#doubt(tag, source, credible, now) : undefined;
      this.#tell(tag, explained ?? doubt);
      tag.initial = false;
      // What was fetched again is older than what is known: it is a reading, but not the latest word.
      const older = credible && tag.lastSource !== undefined && source < tag.lastSource;
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
      readings.push({ tag: tag.name, time: asked, value: content, quality });
    }
    if (readings.length > 0) this.#context.emit(readings);
    return different;
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
    return tell("opcua.clock", { offset: shownOffset(source - now) });
  }

  #overflow(tag: Tag, time: Micros): void {
    this.#context.gap(tag.name, tag.lastSource ?? time, time, tell("opcua.overflow"));
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
const keyOf = ({ code, reason }: Told): string => (code === "opcua.clock" ? code : reason);

interface Decoding {
  readonly status: number;
  readonly quality: Quality;
  readonly content: Value | null;
  readonly explained: Told | undefined;
}
