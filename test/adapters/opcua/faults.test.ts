import { rmSync, mkdtempSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { protocols } from "../../../adapters/index.ts";
import { freePort } from "../../servers/ports.ts";
import { TestServer } from "../../servers/opcua.ts";
import { Recorder } from "../context.ts";
import { connection, tag } from "./connection.ts";

/** A cable between gateway and server that a test can pull. */
async function cable(from: number, to: number) {
  const sockets = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    if (pulled) return void near.destroy();
    const far = connect(to, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(from, "127.0.0.1", resolve);
  });
  return {
    pull: () => {
      pulled = true;
      for (const socket of sockets) socket.destroy();
    },
    plug: () => {
      pulled = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** What a server that is alive, but whose subscription is not, looks like from inside. */
const subscriptionsOf = ({ server }: TestServer) =>
  Object.values(
    (
      server.engine as unknown as {
        _sessions: Record<string, { publishEngine: { subscriptions: ServerSubscription[] } }>;
      }
    )._sessions,
  ).flatMap((session) => session.publishEngine.subscriptions);
interface ServerSubscription {
  publishingEnabled: boolean;
  terminate(): void;
}

/** A server in this process needs seconds of CPU where tests of other parts run beside it. */
vi.setConfig({ testTimeout: 90_000 });

describe("an OPC UA server that fails", () => {
  test("a restart with other namespace numbers is recovered from, with the right nodes and the gap on record", async () => {
    const port = await freePort();
    await using recorder = new Recorder();
    {
      await using server = await TestServer.start({ port, names: ["Speed"] });
      recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }));
      server.set("Speed", 11);
      await recorder.until("the first server", () => recorder.last("speed")?.value === 11);
    }
    await using server = await TestServer.start({ port, names: ["Speed"], before: ["http://fieldlab.test/Other/"] });
    server.set("Speed", 22);
    await recorder.until("the second server", () => recorder.last("speed")?.value === 22);
    server.set("Speed", 23);
    await recorder.until("its changes", () => recorder.last("speed")?.value === 23);
    expect(recorder.troubleOf()).toBeDefined();
    expect(recorder.wells.at(-1)).toBeUndefined();
    const [gap, ...others] = recorder.gaps;
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ why: { code: "opcua.lost" } });
    expect(gap).not.toHaveProperty("tag");
    expect(Number(gap?.to) - Number(gap?.from)).toBeGreaterThan(200_000);
  });

  test("nothing is lost over a short break of the network", async () => {
    const [near, far] = [await freePort(), await freePort()];
    await using server = await TestServer.start({ port: far, names: ["Speed"] });
    await using line = await cable(near, far);
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(near, { speed: tag("Speed", { sampling: "0 ms" }) }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    for (let i = 1; i <= 20; i++) {
      if (i === 5) line.pull();
      if (i === 12) line.plug();
      server.set("Speed", i);
      await sleep(120);
    }
    await recorder.until("the last value", () => recorder.last("speed")?.value === 20);
    const values = recorder.values("speed").filter((value) => value !== 0);
    const lost = Array.from({ length: 20 }, (_, i) => i + 1).filter((value) => !values.includes(value));
    expect(lost).toEqual([]);
    expect(values).toEqual([...new Set(values)]);
  });

  test("a subscription that the server deleted is made anew", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Speed"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed", { maxAge: "2 s" }) }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    for (const subscription of subscriptionsOf(server)) subscription.terminate();
    server.set("Speed", 5);
    await recorder.until("the change", () => recorder.last("speed")?.value === 5);
    server.set("Speed", 6);
    await recorder.until("the next change", () => recorder.last("speed")?.value === 6);
  });

  test("connected, green, silent: a subscription that stopped publishing is found out and made anew", async () => {
    const port = await freePort();
    await using server = await TestServer.start({ port, names: ["Speed"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed", { maxAge: "2 s" }) }));
    await recorder.until("first value", () => recorder.readings.length > 0);
    for (const subscription of subscriptionsOf(server)) subscription.publishingEnabled = false;
    server.set("Speed", 5);
    await recorder.until("the change", () => recorder.last("speed")?.value === 5);
    expect(recorder.troubleOf()?.reason).toMatch(/subscription is dead/);
    expect(recorder.gaps).toHaveLength(1);
  });

  test("a server that is not there is told with advice, and read as soon as it comes", async () => {
    const port = await freePort();
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }));
    await recorder.until("the trouble", () => recorder.troubleOf() !== undefined);
    expect(recorder.troubleOf()).toMatchObject({ advice: expect.stringMatching(/no OPC UA server listens/) });
    await using _server = await TestServer.start({ port, names: ["Speed"] });
    await recorder.until("a value", () => recorder.readings.length > 0);
    expect(recorder.wells).toContain(undefined);
  });
});

describe("security", () => {
  test("auto takes the strongest endpoint, with user and password; a wrong password is told in plain words", async () => {
    const port = await freePort();
    await using _server = await TestServer.start({
      port,
      names: ["Speed"],
      secure: true,
      users: { ada: "correct horse" },
    });
    await using recorder = new Recorder();
    const secure = (password: string) =>
      connection(port, { speed: tag("Speed") }, { security: { mode: "auto" }, user: { name: "ada", password } });
    recorder.run(protocols.opcua, secure("correct horse"));
    await recorder.until("a value", () => recorder.readings.length > 0);
    expect(recorder.notes).toContain("security: SignAndEncrypt Aes256_Sha256_RsaPss");
    expect(recorder.notes.join()).toMatch(/server's certificate [0-9A-F]{40} is trusted from now on/);
    await recorder.stop();
    await using refused = new Recorder();
    refused.run(protocols.opcua, secure("wrong"));
    await refused.until("the refusal", () => refused.troubleOf() !== undefined);
    expect(refused.troubleOf()).toMatchObject({ advice: expect.stringMatching(/user\.name and user\.password/) });
    expect(JSON.stringify([refused.troubles, refused.notes])).not.toContain('wrong"');
    expect(refused.readings).toEqual([]);
  });

  test("auto refuses to fall back to none", async () => {
    const port = await freePort();
    await using _server = await TestServer.start({ port, names: ["Speed"] });
    await using recorder = new Recorder();
    recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }, { security: { mode: "auto" } }));
    await recorder.until("the refusal", () => recorder.troubleOf() !== undefined);
    expect(recorder.troubleOf()).toMatchObject({ advice: expect.stringMatching(/mode: none/) });
    expect(recorder.readings).toEqual([]);
  });

  test("another certificate at the same address is refused, with the file to delete if it was meant", async () => {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "fieldlab-pin-"));
    const run = (recorder: Recorder) =>
      recorder.run(protocols.opcua, connection(port, { speed: tag("Speed") }, { security: { mode: "auto" } }), {
        folder,
      });
    {
      await using _server = await TestServer.start({ port, names: ["Speed"], secure: true });
      await using recorder = new Recorder();
      run(recorder);
      await recorder.until("a value", () => recorder.readings.length > 0);
    }
    await using _server = await TestServer.start({ port, names: ["Speed"], secure: true, ownCertificate: true });
    await using recorder = new Recorder();
    run(recorder);
    await recorder.until("the refusal", () => recorder.troubleOf() !== undefined);
    expect(recorder.troubleOf()).toMatchObject({ advice: expect.stringMatching(/delete .*server-thumbprint/) });
    expect(recorder.readings).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
});
