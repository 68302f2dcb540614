/** What the edge itself can tell, in English; the pages translate by code. */
import { telling, type Words } from "../model/told.ts";

export const edgeWords = {
  "edge.threw": {
    reason: "{detail}",
    advice:
      "It is tried again by itself. If it stays: check the device, the network and the address in the configuration.",
  },
  "edge.silent": {
    reason: "no reading for {seconds} s although the connection stands",
    advice: "The connection is made anew by itself. If it stays: check that the machine itself still works.",
  },
  "edge.noNumber": { reason: "{value} is no usable number" },
  "edge.longText": { reason: "text of {bytes} bytes; at most {most} are kept" },
  "edge.noType": { reason: "a value of type {type} is neither number, text nor boolean" },
  "edge.restart": { reason: "the edge process was started; between these times it read nothing" },
  "edge.clockForward": { reason: "the clock moved forward by {seconds} s" },
  "edge.clockBack": { reason: "the clock moved back by {seconds} s" },
  "edge.full": { reason: "the outbox was full and the site did not confirm storage" },
  "edge.damagedBatch": { reason: "a batch was damaged in the outbox file" },
  "edge.damagedFile": {
    reason:
      "outbox file damaged, kept as {file}: {batches} batches with {samples} samples salvaged, {failures} places unreadable",
  },
} as const satisfies Readonly<Record<string, Words>>;

export const tell = telling(edgeWords);
