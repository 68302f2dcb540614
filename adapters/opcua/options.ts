/** What the configuration says of an OPC UA server and of the nodes read from it. */
import { z } from "zod";
import { Duration, Interval, Secret, TagName, tagFields } from "../../gateway/model/quantity.ts";
import { millis } from "../../gateway/model/units.ts";

const Policy = z.enum([
  "None",
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
  "Basic256",
  "Basic128Rsa15",
]);

export const OpcuaTag = z.strictObject({
  ...tagFields,
  node: z
    .string()
    .regex(
      /^(nsu=[^;]+;|ns=\d+;)?(s=|i=\d+$|g=|b=).*/s,
      'expected a node id such as "nsu=http://vendor.example/UA/;s=Line1.State" or "i=2258"',
    )
    .describe("Node id; a namespace URI survives a restart of the server, an index may not"),
  member: z.string().optional().describe("Path into an array or structure, such as [0] or AccCount or [0].Count"),
  sampling: Duration.default(millis(100)),
  queueSize: z.int().min(1).max(10_000).default(50),
});
export type OpcuaTag = z.output<typeof OpcuaTag>;

export const OpcuaConnection = z
  .strictObject({
    protocol: z.literal("opcua"),
    endpoint: z.string().regex(/^opc\.tcp:\/\/[^\s/]+/, 'expected an address such as "opc.tcp://192.168.1.30:4840"'),
    security: z
      .strictObject({
        mode: z.enum(["auto", "none", "sign", "signAndEncrypt"]).default("auto"),
        policy: Policy.optional().describe(
          "Basic256 and Basic128Rsa15 rest on SHA-1: only for old servers, with a warning",
        ),
      })
      .prefault({})
      .describe(
        "auto: the strongest that the server offers and refuses to fall back to none; none must be asked for by name",
      ),
    user: z
      .strictObject({ name: z.string().min(1), password: Secret })
      .optional()
      .describe("Absent: anonymous"),
    publishingInterval: Interval.default(millis(250)),
    clockTolerance: Duration.default(millis(300_000)).describe(
      "Source timestamps further than this from our clock are replaced",
    ),
    timeout: Interval.default(millis(5_000)),
    tags: z.record(TagName, OpcuaTag),
  })
  .meta({ title: "OPC UA", examples: [{ protocol: "opcua", endpoint: "opc.tcp://192.168.1.30:4840", tags: {} }] });
export type OpcuaConnection = z.output<typeof OpcuaConnection>;
