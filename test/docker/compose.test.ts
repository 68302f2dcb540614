import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { loadPlant } from "../../gateway/config/load.ts";
import { describeWith, pathOf } from "../servers/available.ts";

const PASSWORDS = { MQTT_PASSWORD: "a", INFLUXDB_PASSWORD: "b", GRAFANA_PASSWORD: "c" };
const Service = z.object({
  image: z.string(),
  user: z.string(),
  read_only: z.literal(true),
  cap_drop: z.array(z.literal("ALL")),
  healthcheck: z.object({ test: z.array(z.string()) }),
  ports: z.array(z.string()).default([]),
});
const Compose = z.object({ services: z.record(z.string(), Service) });

function config(environment: Record<string, string>) {
  return spawnSync(pathOf("docker-compose"), ["-f", "docker-compose.yml", "config", "-q"], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    encoding: "utf8",
  });
}

describeWith(["docker-compose"], "docker-compose.yml by the Compose schema (docker-compose)", () => {
  test("is valid when every password is given", () => {
    const { status, stderr } = config(PASSWORDS);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test.each(Object.keys(PASSWORDS))("starts nothing without %s: there is no default password", (name) => {
    const { status, stderr } = config({ ...PASSWORDS, [name]: "" });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`put ${name} in .env`);
  });
});

test("the overlay that the gateway is started with fits the demo plant, and sends it to the other services", () => {
  const loaded = loadPlant("config/demo.yaml", "config/compose.yaml");
  expect(loaded).toMatchObject({
    plant: {
      network: { mqtt: { broker: "external", url: "mqtt://mosquitto:1883" } },
      storage: { historian: { kind: "influxdb", url: "http://influxdb:8086" } },
    },
  });
});

test("every service is pinned, not root, read-only, checked for health, and on loopback only", () => {
  // `merge` because the hardening is one YAML anchor that every service merges.
  const { services } = Compose.parse(parse(readFileSync("docker-compose.yml", "utf8"), { merge: true }));
  expect(Object.keys(services).toSorted()).toEqual(["gateway", "grafana", "influxdb", "mosquitto"]);
  for (const service of Object.values(services)) {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(service.user).not.toMatch(/^(0|root)(:|$)/);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});
