/** Whether a port is free, and who has it: said before anything starts instead of as a crash afterwards. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { printable } from "./table.ts";

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

/** "node main.ts start (process 1234)" when this user may see it. Linux only: elsewhere nobody is named. */
export function listenerOn(port: number): string | undefined {
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => inodesOn(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of readable(() => readdirSync("/proc"), []).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    const has = readable(() => readdirSync(folder), []).some((fd) =>
      sockets.has(readable(() => readlinkSync(`${folder}/${fd}`), "")),
    );
    if (has) return `${commandOf(pid)} (process ${pid})`;
  }
  return undefined;
}

/** Longer command lines say nothing more of what a program is. */
const MAX_COMMAND = 60;

/** File names instead of paths, and without options: what people know the program by. */
function commandOf(pid: string): string {
  const words = readable(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "").split("\0");
  const plain = words
    .filter((word) => word !== "" && !word.startsWith("-"))
    .map((word) => word.split("/").at(-1) ?? word);
  return printable(plain.join(" ")).slice(0, MAX_COMMAND) || "a program";
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
