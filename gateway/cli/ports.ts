/** Whether a port is free, and who has it: said before anything starts instead of as a crash afterwards. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

export async function isFree(host: string, port: number): Promise<boolean> {
  if (port === 0) return true;
  const server = createServer();
  return new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/** "node (process 1234)" when this user may see it. Linux only: elsewhere nobody is named. */
export function listenerOn(port: number): string | undefined {
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => inodesOn(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of readable(() => readdirSync("/proc"), []).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    const has = readable(() => readdirSync(folder), []).some((fd) =>
      sockets.has(readable(() => readlinkSync(`${folder}/${fd}`), "")),
    );
    if (has) return `${readable(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim(), "?")} (process ${pid})`;
  }
  return undefined;
}

const LISTENING = "0A";

function inodesOn(table: string, port: number): string[] {
  const rows = readable(() => readFileSync(table, "utf8"), "")
    .split("\n")
    .slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    const fits = state === LISTENING && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
    return fits && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

/** What other users' processes do not show is not there for us. */
function readable<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
