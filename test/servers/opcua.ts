/** An OPC UA server whose variables a test sets; made of node-opcua's server, which no part of the gateway shares. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  setErrorLogger,
  setWarningLogger,
  Variant,
  VariantArrayType,
  type OPCUAServerOptions,
  type StatusCode,
  type UAVariable,
} from "node-opcua";

setWarningLogger(() => undefined);
setErrorLogger(() => undefined);

export const URI = "http://fieldlab.test/UA/";

export interface OpcuaServerOptions {
  readonly port: number;
  readonly names: readonly string[];
  /** Namespaces that are registered before ours, and so shift its index. */
  readonly before?: readonly string[];
  readonly secure?: boolean;
  readonly users?: Readonly<Record<string, string>>;
  readonly limits?: { readonly maxNodesPerRead: number; readonly maxMonitoredItemsPerCall: number };
  /** A server with a certificate of its own; absent: the one that all servers of this process share. */
  readonly ownCertificate?: boolean;
  readonly extra?: Partial<OPCUAServerOptions>;
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), "fieldlab-opcua-"));
let shared: Promise<string> | undefined;
/** Making a key takes a second of both cores; once is enough where the certificate does not matter. */
const sharedFolder = (): Promise<string> => (shared ??= makeSharedFolder());
async function makeSharedFolder(): Promise<string> {
  const folder = newFolder();
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const manager = certificates(folder);
  await manager.initialize();
  await manager.dispose();
  return folder;
}
const certificates = (folder: string) =>
  new OPCUACertificateManager({
    rootFolder: join(folder, "pki"),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });

export class TestServer implements AsyncDisposable {
  readonly server: OPCUAServer;
  readonly #variables = new Map<string, UAVariable>();
  readonly #folder: string | undefined;

  private constructor(server: OPCUAServer, folder: string | undefined) {
    this.server = server;
    this.#folder = folder;
  }

  static async start(options: OpcuaServerOptions): Promise<TestServer> {
    const folder = options.ownCertificate === true ? newFolder() : await sharedFolder();
    const { users } = options;
    const server = new OPCUAServer({
      port: options.port,
      hostname: "127.0.0.1",
      nodeset_filename: [],
      serverCertificateManager: certificates(folder),
      securityModes:
        options.secure === true
          ? [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt]
          : [MessageSecurityMode.None],
      securityPolicies:
        options.secure === true
          ? [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss]
          : [SecurityPolicy.None],
      allowAnonymous: users === undefined,
      ...(users === undefined
        ? {}
        : { userManager: { isValidUser: (name: string, password: string) => users[name] === password } }),
      serverCapabilities: {
        // With 0 a sampling interval of 0 delivers every change instead of one per 50 ms.
        minSupportedSampleRate: 0,
        ...(options.limits === undefined ? {} : { operationLimits: options.limits }),
      },
      ...options.extra,
    });
    await server.initialize();
    const test = new TestServer(server, options.ownCertificate === true ? folder : undefined);
    const space = server.engine.addressSpace;
    if (space === null) throw new Error("the server has no address space");
    for (const uri of options.before ?? []) space.registerNamespace(uri);
    const namespace = space.registerNamespace(URI);
    for (const name of options.names) {
      const variable = namespace.addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: name,
        nodeId: `s=${name}`,
        dataType: "i=24",
        minimumSamplingInterval: 0,
      });
      test.#variables.set(name, variable);
      test.set(name, 0);
    }
    await server.start();
    return test;
  }

  set(
    name: string,
    value: unknown,
    options: { type?: DataType; status?: StatusCode; time?: Date; variant?: Variant } = {},
  ): void {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new Error(`no variable ${name}`);
    const { type = typeOf(value), status = StatusCodes.Good, time = new Date() } = options;
    const variant = options.variant ?? new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value });
    variable.setValueFromSource(variant, status, time);
  }

  variable(name: string): UAVariable {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new Error(`no variable ${name}`);
    return variable;
  }

  async stop(): Promise<void> {
    await this.server.shutdown(0);
    this.server.dispose();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function typeOf(value: unknown): DataType {
  if (typeof value === "number") return DataType.Double;
  if (typeof value === "boolean") return DataType.Boolean;
  if (typeof value === "string") return DataType.String;
  return DataType.Null;
}
