/** What came over MQTT and waits to be stored, bounded in bytes. A full inbox slows the broker down, and then refuses. */

export interface Message {
  readonly edge: string;
  readonly payload: Buffer;
}

export interface Inbox {
  /** `accepted` is called when the next message may come; false: no room, the edge will send it again. */
  offer(message: Message, accepted: (taken: boolean) => void): void;
  /** Resolves with the oldest messages, at least one; with none once it is closed. One taker at a time. */
  take(most: number, mostBytes: number): Promise<readonly Message[]>;
  close(): void;
  readonly bytes: number;
}

/**
 * @param limit bytes from which on a sender has to wait
 * @param patience how long it waits, in ms; then the message is let go, since other messages wait behind it
 */
export function createInbox(limit: number, patience: number): Inbox {
  const messages: Message[] = [];
  let bytes = 0;
  let closed = false;
  let wake: (() => void) | undefined;
  const waiting = new Set<() => void>();

  const push = (message: Message) => {
    messages.push(message);
    bytes += message.payload.length;
    wake?.();
  };
  return {
    get bytes() {
      return bytes;
    },
    offer(message, accepted) {
      if (closed) {
        accepted(false);
        return;
      }
      if (bytes < limit) {
        push(message);
        accepted(true);
        return;
      }
      const settle = (taken: boolean) => {
        clearTimeout(timer);
        waiting.delete(retry);
        if (taken) push(message);
        accepted(taken);
      };
      const timer = setTimeout(() => settle(false), patience);
      const retry = () => settle(!closed);
      waiting.add(retry);
    },
    async take(most, mostBytes) {
      if (messages.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (closed) return [];
      const taken: Message[] = [];
      let size = 0;
      for (const message of messages) {
        if (taken.length === most || (taken.length > 0 && size >= mostBytes)) break;
        size += message.payload.length;
        taken.push(message);
      }
      messages.splice(0, taken.length);
      bytes -= size;
      for (const retry of waiting) if (bytes < limit) retry();
      return taken;
    },
    close() {
      closed = true;
      wake?.();
      for (const retry of waiting) retry();
    },
  };
}
