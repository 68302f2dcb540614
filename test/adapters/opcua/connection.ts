/** Configurations of an OPC UA connection to the test server, as a user would write them. */
import { URI } from "../../servers/opcua.ts";

export const connection = (port: number, tags: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  protocol: "opcua",
  endpoint: `opc.tcp://127.0.0.1:${port}`,
  security: { mode: "none" },
  publishingInterval: "50 ms",
  timeout: "2 s",
  tags,
  ...more,
});

export const tag = (name: string, more: Record<string, unknown> = {}) => ({
  node: `nsu=${URI};s=${name}`,
  sampling: "50 ms",
  ...more,
});
