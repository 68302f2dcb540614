/** What the site itself can tell of connections and tags, in English; the pages translate by code. */
import { telling, type Words } from "../model/told.ts";

const CHECK = 'check that the machine is on and that connection "{connection}" is connected';

export const siteWords = {
  "site.edgeGone": {
    reason: "the edge that reads it is not running or cannot reach the broker",
    advice: "start the edge, or check the network between it and the site",
  },
  "site.bad": { reason: "the device marks this value as bad", advice: "look at the machine or its sensor" },
  "site.silent": { reason: "no value for more than {seconds} s", advice: CHECK },
  "site.noValue": { reason: "no value yet", advice: CHECK },
} as const satisfies Readonly<Record<string, Words>>;

export const tell = telling(siteWords);
