/** From an address to a session: which security, with which certificates, as which user. */
import {
  MessageSecurityMode,
  OPCUAClient,
  UserTokenType,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  type ClientSession,
  type EndpointDescription,
  type OPCUAClientOptions,
} from "node-opcua-client";
import type { AdapterContext } from "../../gateway/model/protocol.ts";
import { readSecret } from "../../gateway/model/secret.ts";
import { APPLICATION_NAME, applicationUri, checkPin, ownCertificate, thumbprint } from "./certificates.ts";
import type { OpcuaConnection } from "./options.ts";
import { withNetworkReason } from "./reachable.ts";
import { chooseSecurity, isWeak, NO_SECURITY, shownSecurity, type Security } from "./security.ts";

/** How long the server keeps a session, and with it our subscription, without hearing from us. */
export const SESSION_TIMEOUT = 60_000;
/** A server that has gone away never answers a polite goodbye. */
const GOODBYE_LIMIT = 2_000;

// The library writes its warnings to the console, for programmers and several lines each; we say what matters ourselves.
const silent = () => undefined;
setDebugLogger(silent);
setWarningLogger(silent);
setErrorLogger(silent);

export class Connected implements AsyncDisposable {
  readonly client: OPCUAClient;
  readonly session: ClientSession;
  constructor(client: OPCUAClient, session: ClientSession) {
    this.client = client;
    this.session = session;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await within(GOODBYE_LIMIT, this.session.close(true));
    await within(GOODBYE_LIMIT, this.client.disconnect());
  }
}

export async function connect(
  connection: OpcuaConnection,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Connected> {
  const own = await ownCertificate(context.folder);
  const base: OPCUAClientOptions = {
    applicationName: APPLICATION_NAME,
    applicationUri: applicationUri(),
    clientName: APPLICATION_NAME,
    clientCertificateManager: own.store,
    certificateFile: own.certificateFile,
    privateKeyFile: own.privateKeyFile,
    // Servers name hosts that we may not resolve: the address that the user gave is the one that works.
    endpointMustExist: false,
    transportTimeout: connection.timeout,
    defaultTransactionTimeout: connection.timeout,
    connectionStrategy: { maxRetry: 1, initialDelay: 100, maxDelay: 1_000 },
  };
  const security =
    connection.security.mode === "none"
      ? NO_SECURITY
      : chooseSecurity(await discover(connection.endpoint, base, signal), connection.security);
  noteSecurity(connection, context, security);
  const client = OPCUAClient.create({
    ...base,
    securityMode: security.mode,
    securityPolicy: security.policy,
    ...(security.serverCertificate === undefined ? {} : { serverCertificate: security.serverCertificate }),
    requestedSessionTimeout: SESSION_TIMEOUT,
    keepSessionAlive: true,
  });
  try {
    await abortable(client.connect(connection.endpoint), signal);
    if (security.mode !== MessageSecurityMode.None) {
      context.note(`our certificate is ${thumbprint(client.getCertificate())}; the server must trust it`);
    }
    return new Connected(client, await abortable(client.createSession2(identity(connection)), signal));
  } catch (cause) {
    await within(GOODBYE_LIMIT, client.disconnect());
    throw await withNetworkReason(connection.endpoint, connection.timeout, cause);
  }
}

/** Asks over a channel without security, which carries nothing but this question. */
async function discover(
  endpoint: string,
  base: OPCUAClientOptions,
  signal: AbortSignal,
): Promise<EndpointDescription[]> {
  const client = OPCUAClient.create({ ...base, securityMode: MessageSecurityMode.None });
  try {
    await abortable(client.connect(endpoint), signal);
    return await abortable(client.getEndpoints(), signal);
  } catch (cause) {
    throw await withNetworkReason(endpoint, base.transportTimeout ?? 0, cause);
  } finally {
    await within(GOODBYE_LIMIT, client.disconnect());
  }
}

function noteSecurity(connection: OpcuaConnection, context: AdapterContext, security: Security): void {
  const { serverCertificate } = security;
  const trusted = serverCertificate === undefined ? undefined : checkPin(context.folder, serverCertificate);
  if (trusted !== undefined) context.note(trusted);
  context.note(`security: ${shownSecurity(security)}`);
  if (isWeak(security)) context.note("this security policy rests on SHA-1, which can be forged: renew the server");
  if (connection.user !== undefined && security.mode === MessageSecurityMode.None) {
    context.note("without security the password is only as safe as the server's own user policy makes it");
  }
}

const identity = ({ user }: OpcuaConnection) =>
  user === undefined
    ? ({ type: UserTokenType.Anonymous } as const)
    : ({ type: UserTokenType.UserName, userName: user.name, password: readSecret(user.password) } as const);

/** The promise, or the abort, whichever comes first; what loses is not left to reject unseen. */
export async function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error("stopped"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    promise.catch(silent);
  }
}

async function within(limit: number, promise: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  await Promise.race([promise.catch(silent), late]);
  clearTimeout(timer);
}
