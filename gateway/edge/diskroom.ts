/** How much may wait on the disk that the outbox is on, and the ballast that is given up when that disk is full. */
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface DiskRoom {
  /**
   * Most bytes of batches that may wait now: the configured limit, or less when the disk has less.
   * @param bytes what waits
   * @param freeInFile space inside the file that new batches can use
   */
  readonly limit: (bytes: number, freeInFile: () => number) => number;
  readonly keepBallast: () => void;
  readonly giveUpBallast: () => void;
}

/** Free disk space that the outbox leaves: its WAL and the checkpoint need it, or even evicting would fail. */
const RESERVE_BYTES = 12 * 1024 * 1024;
const CHECK_MS = 1_000;

/** @param path of the outbox; the ballast lies beside it */
export function diskRoom(path: string, maxBytes: number, ballastBytes: number): DiskRoom {
  const ballastPath = `${path}.ballast`;
  let ballast = false;
  let limit = 0;
  let measured = -Infinity;
  const freeDisk = (): number => {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  };
  return {
    limit: (bytes, freeInFile) => {
      if (performance.now() - measured < CHECK_MS) return limit;
      measured = performance.now();
      limit = Math.min(maxBytes, bytes + Math.max(0, freeDisk() - RESERVE_BYTES) + freeInFile());
      return limit;
    },
    keepBallast: () => {
      if (ballastBytes === 0 || ballast) return;
      try {
        if (freeDisk() < ballastBytes + RESERVE_BYTES) return;
        writeFileSync(ballastPath, Buffer.alloc(ballastBytes));
        ballast = true;
      } catch {
        // The disk is full now: tried again after the next failure is over.
        rmSync(ballastPath, { force: true });
      }
    },
    giveUpBallast: () => {
      measured = -Infinity;
      if (ballast) rmSync(ballastPath, { force: true });
      ballast = false;
    },
  };
}
