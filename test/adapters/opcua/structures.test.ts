import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataType, nodesets, OPCUACertificateManager, Variant, VariantArrayType } from "node-opcua";
import { expect, test, vi } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { TestServer } from "../../servers/opcua.ts";
import { freePort } from "../../servers/ports.ts";
import { Recorder } from "../context.ts";
import { connection, tag } from "./connection.ts";

/** Loading published nodesets takes seconds where tests of other parts run beside it. */
vi.setConfig({ testTimeout: 90_000 });

test("the counters of a PackML machine are read from inside their structures", async () => {
  const port = await freePort();
  const nodeset_filename = [nodesets.standard, nodesets.di, nodesets.packML];
  await using server = await TestServer.start({ port, names: [], extra: { nodeset_filename } });
  const space = server.server.engine.addressSpace;
  const type = space?.findDataType(
    "PackMLCountDataType",
    space.getNamespaceIndex("http://opcfoundation.org/UA/PackML/"),
  );
  if (space === null || type === null || type === undefined) throw new Error("the nodeset has no PackMLCountDataType");
  const counts = space.getOwnNamespace().addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: "Counts",
    nodeId: "s=Counts",
    dataType: type.nodeId,
    valueRank: 1,
    minimumSamplingInterval: 0,
  });
  const set = (count: number) => {
    const value = [space.constructExtensionObject(type, { name: "boxes", count, accCount: count * 10 })];
    const variant = new Variant({ dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array, value });
    counts.setValueFromSource(variant);
  };
  set(5);
  await using recorder = new Recorder();
  const fast = { node: "ns=1;s=Counts", sampling: "0 ms" };
  recorder.run(
    protocols.opcua,
    connection(port, {
      total: tag("Counts", { ...fast, member: "[0].AccCount" }),
      now: tag("Counts", { ...fast, member: "[0].Count" }),
    }),
  );
  await recorder.until("both members", () => recorder.last("total")?.value === 50 && recorder.last("now")?.value === 5);
  set(6);
  await recorder.until("the change", () => recorder.last("total")?.value === 60 && recorder.last("now")?.value === 6);
  expect(recorder.troubles).toEqual([]);
});

test("a server that does not trust our certificate yet is told with what to do there", async () => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "fieldlab-untrusting-"));
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: join(folder, "pki"),
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await using _server = await TestServer.start({
    port,
    names: ["Speed"],
    secure: true,
    extra: { serverCertificateManager },
  });
  await using recorder = new Recorder();
  recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }, { security: { mode: "auto" } }));
  await recorder.until("the refusal", () => recorder.troubleOf() !== undefined);
  expect(recorder.troubleOf()).toMatchObject({ advice: expect.stringMatching(/rejected to the trusted certificates/) });
  expect(recorder.readings).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});
