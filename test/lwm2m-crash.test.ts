import { afterAll, expect, it } from 'vitest';
import { type Crash, finishAfterCrash } from './support/lwm2m-crash.ts';
import { killLaunched } from './support/muster-process.ts';

afterAll(killLaunched);

/** Points of an update at which the server dies as in a power cut (T11). */
const points: Readonly<Record<string, Crash>> = {
  'has begun to write the package': {
    at: ({ observations }) => observations.length === 2,
    after: 60,
  },
  'has just written the URI of the package': { at: ({ state }) => state === 1, delivery: 0 },
  'has seen the package arrive': { at: ({ state }) => state === 2 },
  'has sent Execute': { at: ({ state }) => state === 3 },
  'waits for the device to come back': { at: ({ port: own }) => own === 0, delivery: 0 },
};

it.each(Object.entries(points))(
  'a server that is killed when it %s finishes the update exactly once after its restart',
  async (_, crash) => {
    const { update, view } = await finishAfterCrash(crash);
    expect(update).toMatchObject({ outcome: 'succeeded' });
    expect(view).toMatchObject({ version: '2.0', executions: 1 });
  },
  180_000,
);
