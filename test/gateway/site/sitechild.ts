/** A process to be killed: broker, historian and ingest as one site, on a given port and folder. */
import { join } from "node:path";
import { connect } from "mqtt";
import { createLog } from "../../../gateway/log.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { millis } from "../../../gateway/model/units.ts";
import { startBroker } from "../../../gateway/site/broker.ts";
import { EmbeddedHistorian } from "../../../gateway/site/historian/embedded.ts";
import { startIngest } from "../../../gateway/site/ingest.ts";

const [folder = "", port = "0", site = "", edge = ""] = process.argv.slice(2);
const log = createLog("site", "silent");
const now = () => wallClock.now();
const broker = await startBroker({ host: "127.0.0.1", port: Number(port), passwords: { site, edge }, log });
const retention = millis(400 * 86_400_000);
const historian = new EmbeddedHistorian({ path: join(folder, "historian.db"), retention, now, log });
const client = connect(broker.url, { username: "site", password: site });
await startIngest({ client, historian, folder, now, log, onStored: () => undefined });
process.stdout.write("ready\n");
