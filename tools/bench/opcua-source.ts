/** An OPC UA server with many variables that all change ten times a second: `opcua-source.ts <port> <variables>`. */
import { DataType, MessageSecurityMode, OPCUAServer, SecurityPolicy, StatusCodes, Variant } from "node-opcua";

const CHANGES_PER_SECOND = 10;

const [port = "48500", count = "1000"] = process.argv.slice(2);
const server = new OPCUAServer({
  port: Number(port),
  hostname: "127.0.0.1",
  securityModes: [MessageSecurityMode.None],
  securityPolicies: [SecurityPolicy.None],
  allowAnonymous: true,
});
await server.initialize();
const { addressSpace } = server.engine;
if (addressSpace === null) throw new Error("no address space");
const space = addressSpace.registerNamespace("urn:fieldlab-bench");
const variables = Array.from({ length: Number(count) }, (_, i) =>
  space.addVariable({
    browseName: `v${i}`,
    nodeId: `s=v${i}`,
    dataType: DataType.Double,
    componentOf: addressSpace.rootFolder.objects.server,
    minimumSamplingInterval: 10,
    value: { dataType: DataType.Double, value: 0 },
  }),
);
await server.start();
let tick = 0;
setInterval(() => {
  tick++;
  const now = new Date();
  variables.forEach((variable, i) => {
    variable.setValueFromSource(
      new Variant({ dataType: DataType.Double, value: tick + i / 1000 }),
      StatusCodes.Good,
      now,
    );
  });
}, 1000 / CHANGES_PER_SECOND);
process.stdout.write("ready\n");
