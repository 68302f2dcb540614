/** The one way in which edge, site and command line reach the broker: with their own credentials, and for ever. */
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { PlantConfig } from "../config/schema.ts";
import { readSecret } from "../model/secret.ts";
import type { Millis } from "../model/units.ts";

export type MqttConfig = PlantConfig["network"]["mqtt"];

export interface ConnectOptions {
  /** Two clients of one name throw each other out: make it unique per process role. */
  readonly clientId: string;
  /** User and password on the embedded broker; an external broker's come from the configuration. */
  readonly username: string;
  readonly password: string;
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain?: boolean };
  /** Ends the client at once, without a farewell: the broker then publishes the will. */
  readonly signal?: AbortSignal;
  /** What else a caller asks of the client, such as its own acknowledgement. */
  readonly client?: Partial<IClientOptions>;
}

/** Short, so that screens are live within two seconds after a broker is back; a refused TCP connection costs little. */
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 10_000;
/** A dead link without a closed socket is noticed within one and a half times this. */
const KEEPALIVE_SECONDS = 15;

/** Address of the broker. A broker that listens on every interface is reached over loopback. */
export function brokerUrl(mqtt: MqttConfig): string {
  if (mqtt.broker === "external") return mqtt.url;
  const host = mqtt.host === "0.0.0.0" || mqtt.host === "::" ? "127.0.0.1" : mqtt.host;
  return `mqtt://${host.includes(":") ? `[${host}]` : host}:${mqtt.port}`;
}

/**
 * Gives the client at once, connected or not: acquisition does not wait for the network. It reconnects until it is ended.
 * Errors are on the client's "error" event, where a listener is always attached; await `connected` to know of the first one.
 */
export async function connectMqtt(mqtt: MqttConfig, options: ConnectOptions): Promise<MqttClient> {
  const { signal } = options;
  signal?.throwIfAborted();
  const client = connect(brokerUrl(mqtt), {
    protocolVersion: 4,
    // The session holds nothing: what is not receipted is sent again by us, and subscriptions are renewed.
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    clientId: options.clientId,
    ...identity(mqtt, options),
    ...(options.will === undefined
      ? {}
      : {
          will: {
            topic: options.will.topic,
            payload: Buffer.from(options.will.payload),
            qos: 1,
            retain: options.will.retain ?? true,
          },
        }),
    ...options.client,
  });
  client.on("error", () => undefined);
  signal?.addEventListener("abort", () => client.end(true), { once: true });
  return client;
}

function identity(mqtt: MqttConfig, { username, password }: ConnectOptions): Partial<IClientOptions> {
  if (mqtt.broker !== "external") return { username, password };
  return {
    ...(mqtt.username === undefined ? {} : { username: mqtt.username }),
    ...(mqtt.password === undefined ? {} : { password: readSecret(mqtt.password) }),
  };
}

/** Resolves when the client is connected; throws with the last cause when that takes longer than `timeout`. */
export async function connected(client: MqttClient, timeout: Millis, signal?: AbortSignal): Promise<void> {
  if (client.connected) return;
  let last: Error | undefined;
  const remember = (error: Error) => {
    last = error;
  };
  client.on("error", remember);
  const limit = AbortSignal.timeout(timeout);
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      const aborted = () => reject(stop.reason instanceof Error ? stop.reason : new Error(String(stop.reason)));
      stop.addEventListener("abort", aborted, { once: true });
      client.once("connect", () => {
        stop.removeEventListener("abort", aborted);
        resolve();
      });
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    const host = `${client.options.host ?? "?"}:${client.options.port ?? "?"}`;
    throw new Error(
      `no connection to the MQTT broker at ${host} within ${timeout} ms (${last?.message ?? "no answer"}); is it running?`,
      { cause },
    );
  } finally {
    client.off("error", remember);
  }
}
