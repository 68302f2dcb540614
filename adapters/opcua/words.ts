/** What an OPC UA connection can tell, in English; the pages translate by code. */
import type { Words } from "../../gateway/model/told.ts";

const BEHIND = "The server has no connection to the machine behind it: look there.";
const SET_CLOCK = "Set the clock and time zone of the server or PLC, by NTP if it can; or raise clockTolerance.";
/** Words about a connection, where the library or the network says what happened. */
const connection = (advice: string) => ({ reason: "{endpoint}: {detail}", advice }) as const;
/** Words about one node, where the server's status says what happened. */
const node = (advice: string) => ({ reason: "the server answers {status}", advice }) as const;

export const opcuaWords = {
  "opcua.refused": connection(
    "The machine is there but no OPC UA server listens on this port: start it, or check the port in its settings.",
  ),
  "opcua.unknownHost": connection("This name is not known on the network: check it, or use the IP address."),
  "opcua.unreachable": connection(
    "Check the address, the cable, the server's power, and that a firewall lets the port through.",
  ),
  "opcua.user": connection(
    "The server refuses this user: check user.name and user.password, or whether it allows anonymous access at all.",
  ),
  "opcua.untrusted": connection(
    "The server does not trust our certificate yet: in its settings move it from the rejected to the trusted certificates, and check the clocks of both sides.",
  ),
  "opcua.certificateTime": connection(
    "A certificate is not valid at this time: check the clocks of both sides, and whether the server's certificate has expired.",
  ),
  "opcua.sessions": connection(
    "The server allows no further session: close other clients (many PLCs allow only a few), or raise its limit.",
  ),
  "opcua.items": connection(
    "The server allows no more subscriptions or items: close other clients, or read fewer tags.",
  ),
  "opcua.noServer": connection(
    "Check the port: 4840 is usual for OPC UA. A server that is still starting is tried again by itself.",
  ),
  "opcua.security": connection("The server refuses this security: choose one that it offers."),
  "opcua.address": connection("The server does not know this address: use the one that its settings show."),
  "opcua.licence": connection("The server's licence does not allow this connection, or its trial time is over."),
  "opcua.other": connection("It is tried again by itself; the server's own log may say more."),
  "opcua.offers": {
    reason: "{endpoint}: the server offers {offers}, and security {wanted} was asked for",
    advice:
      "Switch on a secure endpoint in the server, name a policy that it offers, or, on a network that you trust, write security: { mode: none }.",
  },
  "opcua.pinned": {
    reason: "{endpoint}: the server's certificate is {shown}; trusted since the first connection is {pinned}",
    advice:
      "If the certificate was replaced on purpose, delete {file}. If not, something else answers at this address.",
  },
  "opcua.nodeUnknown": node(
    "The server has no such node: compare with its address space; after a change of the PLC program names may differ.",
  ),
  "opcua.nodeInvalid": node("This is no node id for this server: compare with its address space."),
  "opcua.noValue": node("This node has no value: choose the variable below it."),
  "opcua.notReadable": node("The server does not let this node be read: change its access level there."),
  "opcua.forbidden": node("This user may not read the node: give it the right in the server, or use another user."),
  "opcua.notWatchable": node("The server cannot watch this node for changes."),
  "opcua.noValueYet": node("The server has no value from the machine yet."),
  "opcua.behind": node(BEHIND),
  "opcua.device": node("The device behind the server reports a failure: look there."),
  "opcua.sensor": node("The sensor behind the server reports a failure: look there."),
  "opcua.outOfService": node("The source of this value is out of service."),
  "opcua.status": node("The documentation of the server says what this status means for the node."),
  "opcua.namespace": {
    reason: 'the server has no namespace "{uri}"',
    advice: "Beside those of the OPC Foundation it has: {namespaces}",
  },
  "opcua.noNodeId": {
    reason: '"{text}" is no node id',
    advice: 'Write it as the server shows it, such as "ns=2;s=Line1.State".',
  },
  "opcua.member": {
    reason: "{detail}",
    advice: "Compare the tag's member with the structure of the value in the server.",
  },
  "opcua.clockBehind": {
    reason: "the server's time is {size} behind our clock: the time of reading is used instead",
    advice: SET_CLOCK,
  },
  "opcua.clockAhead": {
    reason: "the server's time is {size} ahead of our clock: the time of reading is used instead",
    advice: SET_CLOCK,
  },
  "opcua.overflow": {
    reason:
      "the server's queue overflowed and changes were lost; use a larger queueSize or a shorter publishingInterval",
  },
  "opcua.missed": {
    reason: "the server published changes that never arrived and does not have them any more",
  },
  "opcua.lost": { reason: "connection lost: {detail}" },
} as const satisfies Readonly<Record<string, Words>>;
