import { fc, test as propertyTest } from "@fast-check/vitest";
import {
  DataType,
  EndpointDescription,
  MessageSecurityMode,
  SecurityPolicy,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { describe, expect, test } from "vitest";
import { explainConnection, Refusal } from "../../../adapters/opcua/advice.ts";
import { chunks, resolveNode } from "../../../adapters/opcua/nodes.ts";
import { chooseSecurity, shownSecurity } from "../../../adapters/opcua/security.ts";
import { Sequence } from "../../../adapters/opcua/sequence.ts";
import { shownSize } from "../../../adapters/opcua/timestamp.ts";
import { decodeVariant, parseMember } from "../../../adapters/opcua/value.ts";

describe("members", () => {
  test("paths are read as people write them, and nonsense is refused", () => {
    expect(parseMember("[0]")).toEqual([0]);
    expect(parseMember("AccCount")).toEqual(["AccCount"]);
    expect(parseMember("[0].Count")).toEqual([0, "Count"]);
    expect(parseMember("Machine.Speed[2]")).toEqual(["Machine", "Speed", 2]);
    for (const text of ["", "[", "[x]", "a..b", "]"]) expect(parseMember(text)).toBeUndefined();
  });

  propertyTest.prop([fc.string()], { numRuns: 10_000 })("any text gives a path or none, and never throws", (text) => {
    const path = parseMember(text);
    if (path !== undefined) expect(path.length).toBeGreaterThan(0);
  });

  test("a field of a structure is found as the specification writes it", () => {
    const variant = new Variant({ dataType: DataType.Null });
    const counts = [
      { accCount: 12, count: 3 },
      { accCount: 40, count: [0, 7] },
    ];
    Object.assign(variant, { dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array, value: counts });
    expect(decodeVariant(variant, ["AccCount"])).toHaveProperty("unreadable");
    expect(decodeVariant(variant, [0, "AccCount"])).toEqual({ value: 12 });
    expect(decodeVariant(variant, [1, "Count"])).toEqual({ value: 7 });
    expect(decodeVariant(variant, [1])).toEqual({
      unreadable: "the value is a structure with accCount, count; name one of them with member",
    });
  });

  propertyTest.prop([fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })])(
    "64-bit integers are exact: a number, or their digits",
    (value) => {
      const bits = BigInt.asUintN(64, value);
      const halves = [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
      const variant = new Variant({ dataType: DataType.Int64, arrayType: VariantArrayType.Scalar, value: halves });
      expect(decodeVariant(variant, undefined)).toEqual({
        value: Number.isSafeInteger(Number(value)) ? Number(value) : value.toString(),
      });
    },
  );
});

describe("nodes", () => {
  test("a namespace is found by its address, whatever its number is today", () => {
    const resolved = resolveNode("nsu=http://b.example/;s=Line1.State", [
      "http://opcfoundation.org/UA/",
      "x",
      "http://b.example/",
    ]);
    expect("node" in resolved && resolved.node.toString()).toBe("ns=2;s=Line1.State");
    expect(resolveNode("i=2258", [])).toHaveProperty("node");
    expect(resolveNode("nsu=http://c.example/;i=1", ["x"])).toMatchObject({
      fault: { advice: "Beside those of the OPC Foundation it has: x" },
    });
  });

  propertyTest.prop([fc.array(fc.nat()), fc.integer({ min: 1, max: 9 })])(
    "chunks hold everything, in order, within the limit",
    (list, size) => {
      const parts = [...chunks(list, size)];
      expect(parts.flat()).toEqual(list);
      for (const part of parts) expect(part.length).toBeLessThanOrEqual(size);
    },
  );
});

describe("security", () => {
  const { None, Sign, SignAndEncrypt } = MessageSecurityMode;
  const endpoint = (securityMode: MessageSecurityMode, securityPolicyUri: SecurityPolicy) =>
    new EndpointDescription({ securityMode, securityPolicyUri });
  const offers = [
    endpoint(None, SecurityPolicy.None),
    endpoint(Sign, SecurityPolicy.Aes256_Sha256_RsaPss),
    endpoint(SignAndEncrypt, SecurityPolicy.Basic256Sha256),
    endpoint(SignAndEncrypt, SecurityPolicy.Basic256),
  ];

  test("encryption goes before a stronger policy that only signs", () => {
    expect(shownSecurity(chooseSecurity(offers, { mode: "auto" }))).toBe("SignAndEncrypt Basic256Sha256");
    expect(shownSecurity(chooseSecurity(offers, { mode: "sign" }))).toBe("Sign Aes256_Sha256_RsaPss");
  });

  test("SHA-1 and no security come only by name", () => {
    expect(shownSecurity(chooseSecurity(offers, { mode: "signAndEncrypt", policy: "Basic256" }))).toBe(
      "SignAndEncrypt Basic256",
    );
    expect(shownSecurity(chooseSecurity(offers, { mode: "none" }))).toBe("None");
    for (const weak of [[offers[0]], [offers[3]], []]) {
      const list = weak.filter((each) => each !== undefined);
      expect(() => chooseSecurity(list, { mode: "auto" })).toThrow(Refusal);
    }
  });
});

describe("sequence numbers", () => {
  const data = (sequenceNumber: number) => ({ sequenceNumber, keepAlive: false });
  const keepAlive = (sequenceNumber: number) => ({ sequenceNumber, keepAlive: true });

  test("what was passed over is named once", () => {
    const sequence = new Sequence();
    expect(sequence.passedOver(data(1))).toEqual([]);
    expect(sequence.passedOver(keepAlive(2))).toEqual([]);
    expect(sequence.passedOver(data(2))).toEqual([]);
    expect(sequence.passedOver(data(5))).toEqual([3, 4]);
    expect(sequence.passedOver(data(4))).toEqual([]);
    expect(sequence.passedOver(data(6))).toEqual([]);
    expect(sequence.passedOver(keepAlive(9))).toEqual([7, 8]);
    expect(sequence.passedOver(data(5_000))).toBe("many");
    expect(sequence.passedOver(data(5_001))).toEqual([]);
  });

  test("a notification that comes twice is new once", () => {
    const sequence = new Sequence();
    expect([7, 8, 7, 8, 9].map((number) => sequence.isNew(number))).toEqual([true, true, false, false, true]);
  });
});

test("causes are told in plain words, and a refusal of ours with its own advice", () => {
  const advice = (message: string) => explainConnection("opc.tcp://plc:4840", new Error(message)).advice;
  expect(advice("connect ECONNREFUSED 10.0.0.1:4840")).toMatch(/no OPC UA server listens/);
  expect(advice("getaddrinfo ENOTFOUND plc")).toMatch(/use the IP address/);
  expect(advice("serviceResult = BadTooManySessions (0x80560000)")).toMatch(/no further session/);
  expect(advice("BadSecurityChecksFailed")).toMatch(/trusted certificates/);
  expect(advice("anything else")).toMatch(/tried again/);
  const refusal = new Refusal("opcua.pinned", { shown: "A", pinned: "B", file: "pin" });
  expect(explainConnection("x", refusal)).toMatchObject({
    reason: "x: the server's certificate is A; trusted since the first connection is B",
    advice: expect.stringContaining("delete pin"),
  });
});

test("offsets of clocks are readable", () => {
  expect(shownSize(-7_200_000_000)).toBe("2.0 h");
  expect(shownSize(1_500_000)).toBe("1.5 s");
  expect(shownSize(600_000_000)).toBe("10 min");
  expect(shownSize(-(86_400_000_000 * 400))).toBe("400 d");
});
