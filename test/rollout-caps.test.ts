import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanPatch } from '../src/app/campaigns.ts';
import { MINUTE } from '../src/domain/time.ts';
import { type Fleet, newFleet } from './support/fleet.ts';
import { rollOut, stores } from './support/rollout.ts';

describe.each(stores)('three hundred devices that ask at the same moment, over %s', (_, open) => {
  let fleet: Fleet;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const { store, end } = await open();
    fleet = await newFleet(store);
    close = end;
  });
  afterEach(() => close());

  const ramp = { by: 'ramp', perMinute: 50, factor: 1, every: 1, most: 50 } as const;
  const few = {
    name: 'few',
    size: { by: 'count', count: 30 },
    success: 100,
    soak: 0,
    manual: false,
  } as const;
  const plans: readonly (readonly [string, PlanPatch, number])[] = [
    ['the cap of the campaign', { concurrency: 10 }, 10],
    ['the cap of their site', { budgets: [{ attribute: 'depot', most: 20 }] }, 20],
    ['the places of the open wave', { rollout: { by: 'waves', waves: [few] } }, 30],
    ['the starts of the minute', { rollout: ramp }, 50],
  ];

  it.each(plans)(
    'fill %s and no more, and none of them is turned away with an error',
    async (__, plan, most) => {
      const devices = await fleet.world.addDevices(300, { attributes: { depot: 'Kiel' } });
      await rollOut(fleet, plan, devices);
      // The last millisecond of a minute, in which all of its starts are due.
      fleet.pass(MINUTE - 1 - (fleet.deps.clock() % MINUTE));
      const found = await Promise.all(devices.map((device) => fleet.contact(device, { together: true })));
      expect(found.filter((assignment) => assignment?.due !== undefined)).toHaveLength(most);
    },
  );
});
