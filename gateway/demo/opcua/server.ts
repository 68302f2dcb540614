/** An OPC UA server of the demo, on loopback, with the address space of the published nodesets. */
import { join } from "node:path";
import {
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type AddressSpace,
  type Namespace,
} from "node-opcua";

export interface OpcuaServerOptions {
  readonly endpoint: string;
  /** Name of the machine; its own nodes live in the namespace urn:fieldlab:demo:<name>. */
  readonly name: string;
  readonly nodesets: readonly string[];
  /** Keeps the server's certificate, so that a client that trusts it need not trust it again. */
  readonly folder: string;
}

/** A training simulator with a class of students on it; each may hold a few sessions. */
const MAX_SESSIONS = 50;

export interface PreparedServer<Nodes> extends AsyncDisposable {
  readonly nodes: Nodes;
  /** Lets clients in: the nodes should have their values by now. */
  readonly start: () => Promise<void>;
}

export async function prepareOpcuaServer<Nodes>(
  { endpoint, name, nodesets, folder }: OpcuaServerOptions,
  build: (addressSpace: AddressSpace, namespace: Namespace) => Nodes,
): Promise<PreparedServer<Nodes>> {
  const { hostname, port } = new URL(endpoint.replace(/^opc\.tcp:/, "http:"));
  const uri = `urn:fieldlab:demo:${name}`;
  const certificates = new OPCUACertificateManager({
    rootFolder: join(folder, "pki", name),
    // A demo on loopback shows encrypted connections without a tour of its trust list first.
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await certificates.initialize();
  const server = new OPCUAServer({
    host: hostname,
    port: Number(port),
    alternateHostname: hostname,
    serverInfo: { applicationUri: `${uri}:server`, productUri: "urn:fieldlab:demo" },
    buildInfo: { productName: `fieldlab demo ${name}` },
    nodeset_filename: [...nodesets],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    // 0: each change is reported, also when the clock runs fast and many fall within one of the usual 50 ms.
    serverCapabilities: { maxSessions: MAX_SESSIONS, minSupportedSampleRate: 0 },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error(`OPC UA server ${name}: no address space after initialize()`);
  let started = false;
  return {
    nodes: build(addressSpace, addressSpace.registerNamespace(uri)),
    async start() {
      started = true;
      await server.start();
    },
    async [Symbol.asyncDispose]() {
      if (started) await server.shutdown(0);
      else server.dispose();
    },
  };
}
