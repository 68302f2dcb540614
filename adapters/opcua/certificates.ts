/** Our application certificate, made at first run, and the server's, trusted on first use and pinned from then on. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { makeApplicationUrn, type OPCUAClientOptions } from "node-opcua-client";
import { Refusal } from "./advice.ts";

export const APPLICATION_NAME = "fieldlab-gateway";
/** Must be the same in the certificate and in every session: servers compare them. */
export const applicationUri = (): string => makeApplicationUrn(hostname(), APPLICATION_NAME);

/** SHA-1, because that is what every server's own list of certificates shows. */
export const thumbprint = (certificate: Buffer): string =>
  createHash("sha1").update(certificate).digest("hex").toUpperCase();

type CertificateStore = NonNullable<OPCUAClientOptions["clientCertificateManager"]>;
export interface OwnCertificate {
  readonly store: CertificateStore;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/** @param folder of the connection: each connection has a certificate of its own, which can be withdrawn by itself */
export async function ownCertificate(folder: string): Promise<OwnCertificate> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const store = new OPCUACertificateManager({
    rootFolder: join(folder, "pki"),
    // Who the server is, is decided by the pin below; the store would trust every new certificate alike.
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await store.initialize();
  return {
    store,
    certificateFile: join(folder, "pki", "own", "certs", "client_certificate.pem"),
    privateKeyFile: store.privateKey,
  };
}

/**
 * Trust on first use: what the server shows the first time is what it must show ever after.
 * @returns what to say of it the first time
 */
export function checkPin(folder: string, certificate: Buffer): string | undefined {
  const file = join(folder, "server-thumbprint");
  const shown = thumbprint(certificate);
  let pinned: string | undefined;
  try {
    pinned = readFileSync(file, "utf8").trim();
  } catch {
    pinned = undefined;
  }
  if (pinned === undefined || pinned === "") {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${shown}\n`, { mode: 0o600 });
    return `the server's certificate ${shown} is trusted from now on; compare it with what the server shows`;
  }
  if (pinned === shown) return undefined;
  throw new Refusal("opcua.pinned", { shown, pinned, file });
}
