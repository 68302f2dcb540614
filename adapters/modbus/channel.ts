/** A byte stream to a device, whatever carries it: send a request, wait for what the caller recognises as its answer. */
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Micros } from "../../gateway/model/units.ts";
import type { ModbusConnection } from "./options.ts";

/** The longest frame is 260 bytes; more than a few of them unasked is noise, of which the end is enough. */
const MAX_RECEIVED = 4096;

export type Received<Message> =
  | { readonly kind: "message"; readonly message: Message; readonly time: Micros }
  | { readonly kind: "timeout"; readonly received: Buffer }
  | { readonly kind: "closed"; readonly reason: string };

export class Channel implements AsyncDisposable {
  readonly #stream: Duplex;
  readonly #now: () => Micros;
  #received: Buffer = Buffer.alloc(0);
  #heardAt = 0;
  #closed: string | undefined;
  #wake: () => void = () => undefined;

  constructor(stream: Duplex, now: () => Micros) {
    this.#stream = stream;
    this.#now = now;
    stream.on("data", (bytes: Buffer) => {
      this.#heardAt = performance.now();
      this.#received = Buffer.concat([this.#received, bytes]).subarray(-MAX_RECEIVED);
      this.#wake();
    });
    stream.on("error", (error) => this.#close(error.message));
    stream.on("end", () => this.#close("the device closed the connection"));
    stream.on("close", () => this.#close("the device closed the connection"));
  }

  get open(): boolean {
    return this.#closed === undefined;
  }
  /** Milliseconds without a byte from the other side. */
  get silence(): number {
    return performance.now() - this.#heardAt;
  }

  /** Forgets what came unasked; not for a transport whose frames are found by counting from the first byte. */
  discard(): void {
    this.#received = Buffer.alloc(0);
  }

  /** @param recognise finds the answer in all that came, and says which bytes may still be the start of one */
  async exchange<Message>(
    request: Buffer,
    recognise: (received: Buffer) => { readonly message: Message | undefined; readonly rest: Buffer },
    timeout: number,
  ): Promise<Received<Message>> {
    return await new Promise((resolve) => {
      const finish = (result: Received<Message>) => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve(result);
      };
      const timer = setTimeout(() => finish({ kind: "timeout", received: this.#received }), timeout);
      this.#wake = () => {
        const { message, rest } = recognise(this.#received);
        this.#received = rest;
        if (message !== undefined) finish({ kind: "message", message, time: this.#now() });
        else if (this.#closed !== undefined) finish({ kind: "closed", reason: this.#closed });
      };
      if (this.#closed === undefined) this.#stream.write(request);
      else this.#wake();
    });
  }

  #close(reason: string): void {
    this.#closed ??= reason;
    this.#wake();
    this.#stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream.closed) return;
    const closed = new Promise<void>((resolve) => {
      this.#stream.once("close", resolve);
    });
    this.#closed ??= "closed by us";
    this.#wake();
    this.#stream.destroy();
    await closed;
  }
}

/** Opens what the configuration names; throws the system's error. */
export const openStream = (connection: ModbusConnection): Promise<Duplex> =>
  connection.transport === "rtu" ? openSerial(connection) : openSocket(connection);

async function openSocket({ host, port, timeout }: { host: string; port: number; timeout: number }): Promise<Duplex> {
  const socket = connect({ host, port, noDelay: true });
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeout} ms`)), timeout);
    socket.once("error", reject);
    socket.once("close", () => clearTimeout(timer));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

async function openSerial(connection: Extract<ModbusConnection, { transport: "rtu" }>): Promise<Duplex> {
  const { path, baudRate, parity, dataBits, stopBits } = connection;
  // Loaded only here: the native binding is of no use, and may be missing, where no serial line is.
  const { SerialPort } = await import("serialport");
  const port = new SerialPort({ path, baudRate, parity, dataBits, stopBits, autoOpen: false });
  return await new Promise((resolve, reject) => {
    port.open((error) => {
      if (error === null || error === undefined) resolve(port);
      else reject(error);
    });
  });
}
