import type { Blobs } from '../app/blobs.ts';
import type { Store } from '../app/ports.ts';
import type { Settlement } from '../app/writes.ts';
import type { Meters } from './meters.ts';
import type { Histogram } from './series.ts';

type Method = (...given: readonly unknown[]) => unknown;

/** The same function, of which every answer that is waited for is timed. */
const timed = (method: Method, time: Histogram): Method => {
  return (...given) => {
    const began = performance.now();
    const answer = method(...given);
    if (!(answer instanceof Promise)) return answer;
    const note = (): void => time.observe((performance.now() - began) / 1_000);
    answer.then(note, note);
    return answer;
  };
};

/** A port of which every function is timed under its name, and those of its parts under both names. */
const metered = <Port extends object>(
  port: Port,
  of: (operation: string) => Histogram,
  before = '',
): Port => {
  const entries = Object.entries(port).map(([name, value]: [string, unknown]) => {
    const operation = `${before}${name}`;
    if (typeof value === 'function') return [name, timed(value as Method, of(operation))];
    return [name, typeof value === 'object' && value !== null ? metered(value, of, `${operation}.`) : value];
  });
  // Each has the same members as before, which do the same.
  return Object.fromEntries(entries) as Port;
};

/** Only what is asked becomes a series: most of what a port can do is never asked of one server. */
const whenAsked = (of: (operation: string) => Histogram) => {
  return (operation: string): Histogram => {
    let series: Histogram | undefined;
    return {
      observe: (seconds) => {
        series ??= of(operation);
        series.observe(seconds);
      },
    };
  };
};

/** The same store, whose answers are timed, and whose deliveries are counted by how they went. */
export const meteredStore = (store: Store, meters: Pick<Meters, 'store' | 'delivery'>): Store => {
  const outcome = {
    delivered: meters.delivery('delivered'),
    waiting: meters.delivery('retried'),
    dead: meters.delivery('dead'),
  } as const;
  const timedStore = metered(store, whenAsked(meters.store));
  return {
    ...timedStore,
    // They look at numbers, and are asked with every request.
    identityEpoch: store.identityEpoch,
    contactEpochs: store.contactEpochs,
    deliveries: {
      ...timedStore.deliveries,
      settle: async (settlements: readonly Settlement[]) => {
        await timedStore.deliveries.settle(settlements);
        for (const { status } of settlements) outcome[status].add();
      },
    },
  };
};

/** The same place for bytes, whose answers are timed. */
export const meteredBlobs = (blobs: Blobs, meters: Pick<Meters, 'blobs'>): Blobs =>
  metered(blobs, whenAsked(meters.blobs));
