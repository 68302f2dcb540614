/** Turns what an OPC UA variant holds into the one value of a tag. Pure, apart from the library's data types. */
import { DataType, VariantArrayType, type Variant } from "node-opcua-client";
import type { Value } from "../../gateway/model/sample.ts";

/** `value` null: the server says that there is none. `unreadable`: there is one that a tag cannot hold. */
export type Decoded = { readonly value: Value | null } | { readonly unreadable: string };
export type MemberPath = readonly (string | number)[];

/** Reads "[0].Count" or "Machine.Speed"; `undefined` when it is no path. */
export function parseMember(text: string): MemberPath | undefined {
  const path: (string | number)[] = [];
  const step = /\s*(?:\[\s*(\d+)\s*\]|\.?([^.[\]]+))/y;
  while (step.lastIndex < text.length) {
    const [, index, name] = step.exec(text) ?? [];
    if (index !== undefined) path.push(Number(index));
    else if (name !== undefined) path.push(name.trim());
    else return undefined;
  }
  return path.length === 0 ? undefined : path;
}

export function decodeVariant(variant: Variant, member: MemberPath | undefined): Decoded {
  const value: unknown = variant.value;
  if (value === null || value === undefined || variant.dataType === DataType.Null) return { value: null };
  if (member !== undefined) return decodeMember(value, variant.dataType, variant.arrayType, member);
  if (variant.arrayType !== VariantArrayType.Scalar) {
    return { unreadable: 'the value is an array; name one element with member: "[0]"' };
  }
  return plain(value, variant.dataType);
}

function decodeMember(value: unknown, dataType: DataType, shape: VariantArrayType, path: MemberPath): Decoded {
  let current = value;
  let isElement = shape !== VariantArrayType.Scalar;
  for (const [depth, step] of path.entries()) {
    const next = typeof step === "number" ? elementOf(current, step) : fieldOf(current, step);
    if (next === undefined) return { unreadable: `there is no ${shownPath(path.slice(0, depth + 1))} in the value` };
    current = next;
    if (depth > 0 || typeof step === "string") isElement = false;
  }
  // The element of an array keeps the array's type; a field of a structure tells its type by itself.
  return plain(current, isElement ? dataType : undefined);
}

function plain(value: unknown, dataType: DataType | undefined): Decoded {
  if (value === null || value === undefined) return { value: null };
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return { value };
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? { value: null } : { value: value.toISOString() };
  }
  if (typeof value === "bigint") return { value: exact(value) };
  if (value instanceof Uint8Array) return { value: Buffer.from(value).toString("base64") };
  if (isHighLow(value) && (dataType === undefined || dataType === DataType.Int64 || dataType === DataType.UInt64)) {
    const bits = (BigInt(value[0]) << 32n) | BigInt(value[1]);
    return { value: exact(dataType === DataType.UInt64 ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits)) };
  }
  // LocalizedText and QualifiedName: people mean the text, not the locale or namespace around it.
  for (const field of ["text", "name"]) {
    const text = fieldOf(value, field);
    if (dataType !== DataType.ExtensionObject && typeof text === "string") return { value: text };
  }
  if (dataType === DataType.LocalizedText || dataType === DataType.QualifiedName) return { value: null };
  if (dataType === DataType.NodeId || dataType === DataType.ExpandedNodeId || dataType === DataType.Guid) {
    return { value: (value as { toString(): string }).toString() };
  }
  return { unreadable: `the value is a structure with ${fieldNames(value)}; name one of them with member` };
}

/** 64-bit counters beyond 2^53 would be rounded as a number: a rounded counter invents parts or energy. */
const exact = (value: bigint): Value => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());

/** How the library holds 64-bit integers. */
const isHighLow = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((half) => Number.isInteger(half));

const elementOf = (value: unknown, index: number): unknown =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)
    ? (value as ArrayLike<unknown>)[index]
    : undefined;

/** The library writes AccCount as accCount; people write it as the specification does. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const wanted = name.toLowerCase();
  const key = [name, `${name.charAt(0).toLowerCase()}${name.slice(1)}`].find((each) => each in value);
  const found = key ?? Object.keys(value).find((each) => each.toLowerCase() === wanted);
  return found === undefined ? undefined : (value as Record<string, unknown>)[found];
}

/** Most field names in a message. */
const MAX_NAMES = 12;
const fieldNames = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? Object.keys(value)
        .filter((key) => !key.startsWith("_") && key !== "schema")
        .slice(0, MAX_NAMES)
        .join(", ") || "no known fields"
    : typeof value;

const shownPath = (path: MemberPath): string =>
  path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${step}`)).join("");
