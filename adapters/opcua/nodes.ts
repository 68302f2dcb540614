/** Node ids as configured, in the numbering that the server uses today, and how much may be asked of it at once. */
import { AttributeIds, resolveNodeId, type ClientSession, type NodeId } from "node-opcua-client";
import type { Told } from "../../gateway/model/told.ts";
import { tell } from "./advice.ts";

/** What one request may hold, where the server names no limit: keeps messages well below every buffer. */
const DEFAULT_LIMIT = 1_000;
/** Namespaces of published specifications: a server has a dozen, and none is the vendor's own. */
const STANDARD = "http://opcfoundation.org/";
const MAX_NODES_PER_READ = "i=11705";
const MAX_MONITORED_ITEMS_PER_CALL = "i=11714";

export interface OperationLimits {
  readonly nodesPerRead: number;
  readonly itemsPerCall: number;
}

/** Each limit in a request of its own: the limit may be one. */
export async function readLimits(session: ClientSession): Promise<OperationLimits> {
  return {
    nodesPerRead: await readLimit(session, MAX_NODES_PER_READ),
    itemsPerCall: await readLimit(session, MAX_MONITORED_ITEMS_PER_CALL),
  };
}

async function readLimit(session: ClientSession, nodeId: string): Promise<number> {
  const { statusCode, value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
  const limit: unknown = statusCode.isGood() ? value.value : 0;
  // 0 means that there is no limit.
  return typeof limit === "number" && limit > 0 ? Math.min(limit, DEFAULT_LIMIT) : DEFAULT_LIMIT;
}

export type ResolvedNode = { readonly node: NodeId } | { readonly fault: Told };

/** @param namespaces the server's namespace array, as read on this connection */
export function resolveNode(text: string, namespaces: readonly string[]): ResolvedNode {
  const [, uri, rest] = /^nsu=([^;]+);(.*)$/s.exec(text) ?? [];
  const index = uri === undefined ? undefined : namespaces.indexOf(uri);
  if (index === -1) {
    const own = namespaces.filter((each) => !each.startsWith(STANDARD));
    return { fault: tell("opcua.namespace", { uri: uri ?? "", namespaces: own.join(", ") }) };
  }
  try {
    return { node: resolveNodeId(index === undefined ? text : `ns=${index};${rest ?? ""}`) };
  } catch {
    return { fault: tell("opcua.noNodeId", { text }) };
  }
}

/** Slices of at most `size`. */
export function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
