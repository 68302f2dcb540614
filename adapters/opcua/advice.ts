/** What to tell the person in front of an OPC UA server that refuses or fails. Pure. */
import { telling, type Parameters, type Told } from "../../gateway/model/told.ts";
import { opcuaWords } from "./words.ts";

export const tell = telling(opcuaWords);
type Code = keyof typeof opcuaWords;

/** Known causes by what the message contains, the telling ones first. */
const CAUSES: readonly (readonly [RegExp, Code])[] = [
  [/ECONNREFUSED/, "opcua.refused"],
  [/ENOTFOUND|EAI_AGAIN/, "opcua.unknownHost"],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|no connection within|not been established/i, "opcua.unreachable"],
  [/BadIdentityTokenRejected|BadUserAccessDenied|BadIdentityTokenInvalid/, "opcua.user"],
  [/BadSecurityChecksFailed|BadCertificateUntrusted|BadCertificateUriInvalid|BadCertificateInvalid/, "opcua.untrusted"],
  [/BadCertificateTimeInvalid/, "opcua.certificateTime"],
  [/BadTooManySessions/, "opcua.sessions"],
  [/BadTooManySubscriptions|BadTooManyMonitoredItems/, "opcua.items"],
  [/does not answer as an OPC UA server/, "opcua.noServer"],
  [/BadSecurityModeRejected|BadSecurityPolicyRejected/, "opcua.security"],
  [/BadTcpEndpointUrlInvalid/, "opcua.address"],
  [/BadLicense/, "opcua.licence"],
];

export function explainConnection(endpoint: string, cause: unknown): Told {
  if (cause instanceof Refusal) return tell(cause.code, { ...cause.parameters, endpoint });
  const detail = textOf(cause);
  return tell(CAUSES.find(([pattern]) => pattern.test(detail))?.[1] ?? "opcua.other", { endpoint, detail });
}

/** Something that we refuse ourselves, with our own words. */
export class Refusal extends Error {
  readonly code: Code;
  readonly parameters: Parameters;
  constructor(code: "opcua.offers" | "opcua.pinned", parameters: Parameters) {
    super(code);
    this.code = code;
    this.parameters = parameters;
  }
}

const STATUS: Readonly<Record<string, Code>> = {
  BadNodeIdUnknown: "opcua.nodeUnknown",
  BadNodeIdInvalid: "opcua.nodeInvalid",
  BadAttributeIdInvalid: "opcua.noValue",
  BadNotReadable: "opcua.notReadable",
  BadUserAccessDenied: "opcua.forbidden",
  BadMonitoredItemFilterUnsupported: "opcua.notWatchable",
  BadWaitingForInitialData: "opcua.noValueYet",
  BadNoCommunication: "opcua.behind",
  BadNotConnected: "opcua.behind",
  BadDeviceFailure: "opcua.device",
  BadSensorFailure: "opcua.sensor",
  BadOutOfService: "opcua.outOfService",
};

/** @param status name of the status code */
export const explainStatus = (status: string): Told => tell(STATUS[status] ?? "opcua.status", { status });

/** Messages of the library run over several lines with hints for programmers; the first one says what happened. */
function textOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const status = /Bad[A-Z][A-Za-z]+/.exec(message)?.[0];
  const line = message.split("\n").find((each) => each.trim() !== "") ?? "";
  const first = line.trim().slice(0, 200);
  return status === undefined || first.includes(status) ? first : `${first} (${status})`;
}
