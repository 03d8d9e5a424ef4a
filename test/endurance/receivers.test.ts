import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts';
import { must } from '../contract/store/world.ts';
import { isCi, leave } from '../support/endurance.ts';
import { noteFigure } from '../support/figures.ts';
import { compareReceivers } from './receivers/dead-receivers.ts';
import { chanceOf } from './simulation/chance.ts';
import { everyEvent } from './simulation/invariants.ts';
import { createReceiver } from './simulation/receiver.ts';
import { wrongTold } from './simulation/told.ts';
import { openWorkplace } from './simulation/workplace.ts';

const DEVICES = 60;
const SEED = 18;
/** While it is away, and until when it is told what it missed. */
const [FROM, TO, END] = [6 * HOUR, 6 * HOUR + 3 * DAY, 5 * DAY];

describe('a receiver that is down for three days', () => {
  it('is told of each event once it is back, those of each device in order, whatever died meanwhile', async () => {
    const chance = chanceOf(SEED, 'receivers');
    let elapsed = 0;
    const clock = (): number => Date.UTC(2026, 10, 22) + elapsed;
    const { push, taken, failures } = createReceiver(chance, () => elapsed >= FROM && elapsed < TO);
    const place = await openWorkplace({ seed: SEED, elapsed: () => elapsed, clock, push });
    const { machine, client, work } = place;
    try {
      const ids = Array.from({ length: DEVICES }, (_, index) => `gw-${index}`);
      for (const id of ids) await client.createDevice({ body: { id } });
      const { id: destination } = await client.createDestination({
        body: {
          ...{ name: 'watcher', url: 'https://hooks.example.com/muster', order: 'strict' },
          retry: { intervalSeconds: 5, attempts: 100, withinSeconds: (5 * DAY) / 1_000 },
        },
      });
      await client.createSubscription({ body: { destination, only: ['device-changed'] } });
      for (let change = 0; elapsed < END; change += 1) {
        elapsed += 5 * MINUTE + chance.below(10 * MINUTE);
        if (elapsed < TO + HOUR) {
          const device = chance.pick(ids);
          await client.editDevice({ params: { device }, body: { name: `change ${change}` } });
        }
        if (change % 100 === 99) {
          machine.now().life.dieAt(chance.from(1, 30), chance.pick(['before', 'after'] as const));
          await work();
          await machine.restart();
        }
        await work();
      }
      const { store } = machine.now();
      const { key } = must(await store.accounts.find('DEFAULT'));
      const due = (await everyEvent(store, key)).filter(({ body }) => body.type === 'device-changed');
      const wrong = [...wrongTold(due, taken), ...place.problems];
      const told = new Set(taken.map(({ id }) => id)).size;
      await noteFigure({
        ...{ id: 'R-18', seed: SEED, pass: wrong.length === 0 },
        result: `${told} of ${due.length} events told, ${taken.length - told} of them twice, ${failures()} attempts failed`,
        command: 'vitest run test/endurance/receivers.test.ts',
      });
      expect(wrong).toEqual([]);
      expect(due.length).toBeGreaterThan(300);
      expect(failures()).toBeGreaterThan(due.length / 2);
    } finally {
      await machine.stop();
    }
  }, 180_000);
});

describe('receivers that never answer', () => {
  it('hold up nobody else for days, though one in a hundred of ten thousand is so', async () => {
    const size = isCi ? { endpoints: 10_000, days: 2 } : { endpoints: 1_000, days: 0.5 };
    const finding = await compareReceivers({ seed: SEED, deadOfHundred: 1, ...size });
    await leave([finding]);
    expect(finding).toMatchObject({ pass: true });
  }, 300_000);
});
