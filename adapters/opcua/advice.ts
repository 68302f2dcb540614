/** What to tell the person in front of an OPC UA server that refuses or fails. Pure. */

export interface Explained {
  readonly reason: string;
  readonly advice: string;
}

/** Known causes by what the message contains, the telling ones first. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    "The machine is there but no OPC UA server listens on this port: start it, or check the port in its settings.",
  ],
  [/ENOTFOUND|EAI_AGAIN/, "This name is not known on the network: check it, or use the IP address."],
  [
    /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|no connection within|not been established/i,
    "Check the address, the cable, the server's power, and that a firewall lets the port through.",
  ],
  [
    /BadIdentityTokenRejected|BadUserAccessDenied|BadIdentityTokenInvalid/,
    "The server refuses this user: check user.name and user.password, or whether it allows anonymous access at all.",
  ],
  [
    /BadSecurityChecksFailed|BadCertificateUntrusted|BadCertificateUriInvalid|BadCertificateInvalid/,
    "The server does not trust our certificate yet: in its settings move it from the rejected to the trusted certificates, and check the clocks of both sides.",
  ],
  [
    /BadCertificateTimeInvalid/,
    "A certificate is not valid at this time: check the clocks of both sides, and whether the server's certificate has expired.",
  ],
  [
    /BadTooManySessions/,
    "The server allows no further session: close other clients (many PLCs allow only a few), or raise its limit.",
  ],
  [
    /BadTooManySubscriptions|BadTooManyMonitoredItems/,
    "The server allows no more subscriptions or items: close other clients, or read fewer tags.",
  ],
  [
    /does not answer as an OPC UA server/,
    "Check the port: 4840 is usual for OPC UA. A server that is still starting is tried again by itself.",
  ],
  [/BadSecurityModeRejected|BadSecurityPolicyRejected/, "The server refuses this security: choose one that it offers."],
  [/BadTcpEndpointUrlInvalid/, "The server does not know this address: use the one that its settings show."],
  [/BadLicense/, "The server's licence does not allow this connection, or its trial time is over."],
];

const RETRY = "It is tried again by itself; the server's own log may say more.";

export function explainConnection(endpoint: string, cause: unknown): Explained {
  const text = textOf(cause);
  const advice =
    cause instanceof Refusal ? cause.advice : (CAUSES.find(([pattern]) => pattern.test(text))?.[1] ?? RETRY);
  return { reason: `${endpoint}: ${text}`, advice };
}

/** Something that we refuse ourselves, with our own advice. */
export class Refusal extends Error {
  readonly advice: string;
  constructor(reason: string, advice: string) {
    super(reason);
    this.advice = advice;
  }
}

const STATUS: Readonly<Record<string, string>> = {
  BadNodeIdUnknown:
    "The server has no such node: compare with its address space; after a change of the PLC program names may differ.",
  BadNodeIdInvalid: "This is no node id for this server: compare with its address space.",
  BadAttributeIdInvalid: "This node has no value: choose the variable below it.",
  BadNotReadable: "The server does not let this node be read: change its access level there.",
  BadUserAccessDenied: "This user may not read the node: give it the right in the server, or use another user.",
  BadMonitoredItemFilterUnsupported: "The server cannot watch this node for changes.",
  BadWaitingForInitialData: "The server has no value from the machine yet.",
  BadNoCommunication: "The server has no connection to the machine behind it: look there.",
  BadNotConnected: "The server has no connection to the machine behind it: look there.",
  BadDeviceFailure: "The device behind the server reports a failure: look there.",
  BadSensorFailure: "The sensor behind the server reports a failure: look there.",
  BadOutOfService: "The source of this value is out of service.",
};

/** @param status name of the status code */
export const explainStatus = (status: string): Explained => ({
  reason: `the server answers ${status}`,
  advice: STATUS[status] ?? "The documentation of the server says what this status means for the node.",
});

/** Messages of the library run over several lines with hints for programmers; the first one says what happened. */
function textOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const status = /Bad[A-Z][A-Za-z]+/.exec(message)?.[0];
  const line = message.split("\n").find((each) => each.trim() !== "") ?? "";
  const first = line.trim().slice(0, 200);
  return status === undefined || first.includes(status) ? first : `${first} (${status})`;
}
