/** Which of the server's endpoints to use. Never falls back to less than was asked for. Pure. */
import { MessageSecurityMode, SecurityPolicy, type EndpointDescription } from "node-opcua-client";
import { Refusal } from "./advice.ts";
import type { OpcuaConnection } from "./options.ts";

export interface Security {
  readonly mode: MessageSecurityMode;
  readonly policy: SecurityPolicy;
  readonly serverCertificate: Buffer | undefined;
}

type PolicyName = NonNullable<OpcuaConnection["security"]["policy"]>;
const POLICIES: Readonly<Record<PolicyName, SecurityPolicy>> = {
  None: SecurityPolicy.None,
  Basic256Sha256: SecurityPolicy.Basic256Sha256,
  Aes128_Sha256_RsaOaep: SecurityPolicy.Aes128_Sha256_RsaOaep,
  Aes256_Sha256_RsaPss: SecurityPolicy.Aes256_Sha256_RsaPss,
  Basic256: SecurityPolicy.Basic256,
  Basic128Rsa15: SecurityPolicy.Basic128Rsa15,
};
/** Strongest first; those that rest on SHA-1 are never chosen by themselves. */
const AUTOMATIC: readonly SecurityPolicy[] = [
  SecurityPolicy.Aes256_Sha256_RsaPss,
  SecurityPolicy.Basic256Sha256,
  SecurityPolicy.Aes128_Sha256_RsaOaep,
];
const MODES: Readonly<Record<OpcuaConnection["security"]["mode"], readonly MessageSecurityMode[]>> = {
  auto: [MessageSecurityMode.SignAndEncrypt, MessageSecurityMode.Sign],
  none: [MessageSecurityMode.None],
  sign: [MessageSecurityMode.Sign],
  signAndEncrypt: [MessageSecurityMode.SignAndEncrypt],
};

export const NO_SECURITY: Security = {
  mode: MessageSecurityMode.None,
  policy: SecurityPolicy.None,
  serverCertificate: undefined,
};
export const isWeak = ({ policy }: Security): boolean =>
  policy === SecurityPolicy.Basic256 || policy === SecurityPolicy.Basic128Rsa15;

/** Throws a Refusal when the server offers nothing that is allowed. */
export function chooseSecurity(
  endpoints: readonly EndpointDescription[],
  wanted: OpcuaConnection["security"],
): Security {
  if (wanted.mode === "none") return NO_SECURITY;
  const policies = wanted.policy === undefined ? AUTOMATIC : [POLICIES[wanted.policy]];
  for (const mode of MODES[wanted.mode]) {
    for (const policy of policies) {
      const endpoint = endpoints.find((each) => each.securityMode === mode && each.securityPolicyUri === policy);
      if (endpoint !== undefined) return { mode, policy, serverCertificate: endpoint.serverCertificate };
    }
  }
  throw new Refusal("opcua.offers", {
    offers: shownOffers(endpoints),
    wanted: wanted.policy === undefined ? wanted.mode : `${wanted.mode} ${wanted.policy}`,
  });
}

export const shownSecurity = ({ mode, policy }: Pick<Security, "mode" | "policy">): string =>
  mode === MessageSecurityMode.None ? "None" : `${MessageSecurityMode[mode]} ${policyName(policy)}`;

const policyName = (uri: string | null): string => uri?.split("#").at(-1) ?? "unknown";
const shownOffers = (endpoints: readonly EndpointDescription[]): string =>
  [
    ...new Set(
      endpoints.map((each) => `${MessageSecurityMode[each.securityMode]} ${policyName(each.securityPolicyUri)}`),
    ),
  ].join(", ") || "no endpoint";
