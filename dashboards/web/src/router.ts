/** Addresses after the #, so that the pages work from any file server: `#/machine/press?range=today`. */
import { signal } from "@preact/signals";

export type Route =
  | { readonly page: "overview" }
  | { readonly page: "machine"; readonly machine: string | null; readonly query: URLSearchParams }
  | { readonly page: "energy"; readonly day: string | null }
  | { readonly page: "health" }
  | { readonly page: "notFound"; readonly path: string };

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const parts = path.split("/").filter((part) => part !== "");
  const query = new URLSearchParams(search);
  const [page, rest, ...more] = parts;
  if (more.length > 0) return { page: "notFound", path };
  if (page === "machine") return { page, machine: rest === undefined ? null : decode(rest), query };
  if (rest !== undefined) return { page: "notFound", path };
  if (page === undefined) return { page: "overview" };
  if (page === "energy") return { page, day: query.get("day") };
  if (page === "health") return { page };
  return { page: "notFound", path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function addressOf(route: Exclude<Route, { page: "notFound" }>): string {
  switch (route.page) {
    case "overview":
      return "#/";
    case "machine": {
      const query = route.query.toString();
      const machine = route.machine === null ? "" : `/${encodeURIComponent(route.machine)}`;
      return `#/machine${machine}${query === "" ? "" : `?${query}`}`;
    }
    case "energy":
      return route.day === null ? "#/energy" : `#/energy?day=${encodeURIComponent(route.day)}`;
    case "health":
      return "#/health";
  }
}

export const machineAddress = (machine: string): string =>
  addressOf({ page: "machine", machine, query: new URLSearchParams() });

export const route = signal<Route>(parseRoute(typeof location === "undefined" ? "" : location.hash));

export function followAddress(): void {
  addEventListener("hashchange", () => {
    route.value = parseRoute(location.hash);
  });
  // The site answers every address with this page; only the root is one.
  const { pathname, hash } = location;
  route.value = pathname === "/" ? parseRoute(hash) : { page: "notFound", path: pathname };
}

/** Changes the address without a step in the browser's history: for a setting of the page that is open. */
export function replaceAddress(address: string): void {
  history.replaceState(null, "", address);
  route.value = parseRoute(address);
}
