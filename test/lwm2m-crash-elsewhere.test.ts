import { afterAll, describe, expect, it } from 'vitest';
import { type Crash, finishAfterCrash } from './support/lwm2m-crash.ts';
import { killLaunched } from './support/muster-process.ts';

afterAll(killLaunched);

const writes: Crash = { at: ({ observations }) => observations.length === 2, after: 60, size: 100_000 };
const executes: Crash = { at: ({ state }) => state === 3, size: 20_000 };
const firmware = { outcome: 'succeeded', view: { version: '2.0', executions: 1 } };

const finish = async (crash: Crash) => {
  const { update, view } = await finishAfterCrash(crash);
  return { outcome: update['outcome'], view };
};

describe('after a power cut the server finishes an update exactly once', () => {
  it.each(['coaps', 'coaps+tcp'] as const)(
    'that it wrote over %s, or that had begun to install',
    async (scheme) => {
      expect(await finish({ ...writes, scheme })).toMatchObject(firmware);
      expect(await finish({ ...executes, scheme })).toMatchObject(firmware);
    },
    180_000,
  );

  it('of software that the device was about to install', async () => {
    const crash: Crash = { at: ({ executions }) => executions === 1, kind: 'software', size: 20_000 };
    expect(await finish(crash)).toMatchObject({
      outcome: 'succeeded',
      // Install and Activate.
      view: { software: { state: 4, result: 2, active: true }, executions: 2 },
    });
  }, 180_000);
});
