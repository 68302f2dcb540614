/** One request at a time to the units behind one connection, and never the answer to another request. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Micros } from "../../gateway/model/units.ts";
import { Channel, openStream, type Received } from "./channel.ts";
import type { ModbusConnection } from "./options.ts";
import { dataBytes, decodeAnswer, encodeRequest, functionOf, type Request } from "./pdu.ts";
import { describeRtu, encodeRtu, findRtuAnswer } from "./rtuframe.ts";
import { encodeTcp, nextTransaction, takeTcpFrames, type TcpFrame } from "./tcpframe.ts";
import { isBitTable } from "./decode.ts";

export type Outcome =
  | { readonly kind: "data"; readonly bytes: Buffer; readonly time: Micros }
  | { readonly kind: "exception"; readonly code: number; readonly time: Micros }
  /** This unit gives no usable answer; its neighbours may. */
  | { readonly kind: "failed"; readonly reason: string; readonly hungUp?: boolean }
  /** Nothing behind the connection can be reached. */
  | { readonly kind: "unreachable"; readonly reason: string };

/** After so many time-outs in a row the connection itself may be dead (a half-open socket, a hung converter). */
const TIMEOUTS_BEFORE_REOPEN = 3;
/** Silence that ends a frame where the speed of the bus behind is unknown; 3.5 characters at 9600 baud are 4 ms. */
const FRAME_SILENCE = 5;
/** Silence after a failure: a USB adapter hands bytes over up to 16 ms late. */
const SILENCE_AFTER_FAILURE = 50;
/** A bus that never falls silent has a second master; go on after this long rather than never. */
const MAX_SILENCE_WAIT = 2_000;
/** An answer later than this is not believed to come: no converter keeps one so long. */
const LATE_ANSWER_LIMIT = 30_000;
/** Probes of distinct shape after repeated time-outs; with the back-off fewer than eight fall within the limit above. */
const MAX_PROBE_SHAPES = 8;

const NOTHING = Buffer.alloc(0);

type Message = { readonly pdu: Buffer } | { readonly malformed: string };

export class Line implements AsyncDisposable {
  readonly #connection: ModbusConnection;
  readonly #now: () => Micros;
  readonly #frameSilence: number;
  #channel: Channel | undefined;
  #transaction = 0;
  /** A device that has answered with our transaction id can be trusted to do so again. */
  #matchesIds = false;
  #timeouts = 0;
  /** RTU: per unit, the shape of each answer that may still come, and when its request was given up. */
  readonly #owed = new Map<number, Map<string, number>>();

  constructor(connection: ModbusConnection, now: () => Micros) {
    this.#connection = connection;
    this.#now = now;
    this.#frameSilence = connection.transport === "rtu" ? frameSilence(connection) : FRAME_SILENCE;
  }

  async ask(request: Request, signal: AbortSignal): Promise<Outcome> {
    const reused = this.#channel?.open === true;
    const first = await this.#askOnce(request, signal);
    // A device that closes after each request has closed the connection that looked open: that is no failure.
    return first.kind === "failed" && first.hungUp === true && reused && !signal.aborted
      ? this.#askOnce(request, signal)
      : first;
  }

  async #askOnce(request: Request, signal: AbortSignal): Promise<Outcome> {
    let channel: Channel;
    try {
      channel = await this.#opened();
    } catch (cause) {
      return { kind: "unreachable", reason: messageOf(cause) };
    }
    const abort = () => void channel[Symbol.asyncDispose]();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (signal.aborted) return { kind: "unreachable", reason: "stopped" };
      return this.#connection.transport === "tcp"
        ? await this.#askTcp(channel, request)
        : await this.#askRtu(channel, request);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async #opened(): Promise<Channel> {
    if (this.#channel?.open === true) return this.#channel;
    await this.#drop();
    this.#channel = new Channel(await openStream(this.#connection), this.#now);
    return this.#channel;
  }

  async #askTcp(channel: Channel, request: Request): Promise<Outcome> {
    this.#transaction = nextTransaction(this.#transaction);
    const transaction = this.#transaction;
    const frame = encodeTcp({ transaction, unitId: request.unitId, pdu: encodeRequest(request) });
    const received = await channel.exchange<Message>(
      frame,
      (bytes) => {
        const taken = takeTcpFrames(bytes);
        if (taken === undefined) return { message: { malformed: "bytes that are no Modbus TCP" }, rest: NOTHING };
        return { message: this.#answerAmong(taken.frames, transaction, request), rest: taken.rest };
      },
      this.#connection.timeout,
    );
    const outcome = await this.#outcome(request, received, "no answer");
    const lost = received.kind === "message" && "malformed" in received.message;
    // Without ids to tell it by, a late answer would become the next value: only a new connection is safe.
    if (lost || (received.kind === "timeout" && !this.#matchesIds)) await this.#drop();
    return outcome;
  }

  #answerAmong(frames: readonly TcpFrame[], transaction: number, request: Request): Message | undefined {
    // Some devices answer every request with id 0. That is safe as long as no answer was late: see #askTcp.
    const answer = frames.find(
      (frame) => frame.transaction === transaction || (frame.transaction === 0 && !this.#matchesIds),
    );
    if (answer === undefined) return undefined;
    if (answer.transaction === transaction) this.#matchesIds = true;
    return answer.unitId === request.unitId
      ? { pdu: answer.pdu }
      : { malformed: `answer of unit ${answer.unitId} instead of unit ${request.unitId}` };
  }

  async #askRtu(channel: Channel, request: Request): Promise<Outcome> {
    if (this.#owes(request.unitId).size > 0) {
      const probed = await this.#exchangeRtu(channel, this.#probe(request));
      if (probed.kind === "failed" || probed.kind === "unreachable") return probed;
      // The unit answers in order: with the answer to the probe, every older one has come or never will.
      this.#owed.delete(request.unitId);
    }
    return await this.#exchangeRtu(channel, request);
  }

  async #exchangeRtu(channel: Channel, request: Request): Promise<Outcome> {
    await quiet(channel, this.#timeouts > 0 ? Math.max(SILENCE_AFTER_FAILURE, this.#frameSilence) : this.#frameSilence);
    channel.discard();
    const received = await channel.exchange<Message>(
      encodeRtu(request),
      (bytes) => {
        const pdu = findRtuAnswer(request, bytes);
        return { message: pdu === undefined ? undefined : { pdu }, rest: bytes };
      },
      this.#connection.timeout,
    );
    const what = received.kind === "timeout" ? describeRtu(request, received.received) : "";
    if (received.kind === "timeout") this.#owes(request.unitId).set(shapeOf(request), performance.now());
    return await this.#outcome(request, received, what);
  }

  async #outcome(request: Request, received: Received<Message>, missing: string): Promise<Outcome> {
    switch (received.kind) {
      case "closed":
        await this.#drop();
        return { kind: "failed", reason: `${received.reason} without an answer`, hungUp: true };
      case "timeout": {
        this.#timeouts++;
        if (this.#timeouts % TIMEOUTS_BEFORE_REOPEN === 0) await this.#drop();
        return { kind: "failed", reason: `${missing} within ${this.#connection.timeout} ms` };
      }
      case "message": {
        this.#timeouts = 0;
        if ("malformed" in received.message) return { kind: "failed", reason: received.message.malformed };
        const answer = decodeAnswer(request, received.message.pdu);
        return answer.kind === "malformed"
          ? { kind: "failed", reason: answer.reason }
          : { ...answer, time: received.time };
      }
      default:
        return received satisfies never;
    }
  }

  /** A request whose answer cannot be mistaken for one that is still owed. */
  #probe(request: Request): Request {
    const owed = this.#owes(request.unitId);
    const step = isBitTable(request.table) ? 8 : 1;
    for (let i = 0; i < MAX_PROBE_SHAPES; i++) {
      const probe = { ...request, count: 1 + i * step };
      if (!owed.has(shapeOf(probe))) return probe;
    }
    return request;
  }

  #owes(unitId: number): Map<string, number> {
    const owed = this.#owed.get(unitId) ?? new Map<string, number>();
    this.#owed.set(unitId, owed);
    for (const [shape, since] of owed) if (performance.now() - since > LATE_ANSWER_LIMIT) owed.delete(shape);
    return owed;
  }

  async #drop(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#matchesIds = false;
    await channel?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop();
  }
}

const shapeOf = (request: Request): string => `${functionOf(request)} ${dataBytes(request)}`;

/** 3.5 characters, as the standard asks; 1.75 ms from 19200 baud on. */
function frameSilence(connection: Extract<ModbusConnection, { transport: "rtu" }>): number {
  const bits = 1 + connection.dataBits + (connection.parity === "none" ? 0 : 1) + connection.stopBits;
  return Math.max(1.75, (3.5 * bits * 1000) / connection.baudRate);
}

async function quiet(channel: Channel, silence: number): Promise<void> {
  const until = performance.now() + MAX_SILENCE_WAIT;
  while (channel.open && channel.silence < silence && performance.now() < until)
    await sleep(Math.ceil(silence - channel.silence));
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
