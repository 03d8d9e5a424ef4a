import type { Clock } from '../../app/ports.ts';
import { MINUTE } from '../../domain/time.ts';

/** Counts proofs that were wrong, by device and by where they came from, so that nobody tries secrets at leisure. */
export type Failures = {
  readonly isTooMany: (device: string, source: string) => boolean;
  readonly note: (device: string, source: string) => void;
};

/** Many devices come from one address. */
const PER_SOURCE = 10;
const MOST_KEYS = 100_000;

/** Counts in windows of a minute; `perDevice` 0 counts nothing. */
export const countFailures = (clock: Clock, perDevice: number): Failures => {
  let window = 0;
  let counts = new Map<string, number>();
  const current = (): Map<string, number> => {
    const now = Math.floor(clock() / MINUTE);
    if (now !== window || counts.size > MOST_KEYS) {
      window = now;
      counts = new Map();
    }
    return counts;
  };
  const add = (key: string): void => {
    current().set(key, (current().get(key) ?? 0) + 1);
  };
  const count = (key: string): number => current().get(key) ?? 0;
  return {
    isTooMany: (device, source) =>
      perDevice > 0 &&
      (count(`device ${device}`) >= perDevice || count(`source ${source}`) >= perDevice * PER_SOURCE),
    note: (device, source) => {
      if (perDevice === 0) return;
      add(`device ${device}`);
      add(`source ${source}`);
    },
  };
};
