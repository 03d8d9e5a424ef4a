import { beforeEach, describe, expect, it } from 'vitest';
import { runNextJob } from '../src/app/jobs.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredCampaign } from '../src/app/records.ts';
import { SIZED_TOGETHER, sizeAgain } from '../src/app/waves.ts';
import { MINUTE } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, newFleet } from './support/fleet.ts';

/** One more than a piece of this work has. */
const DEVICES = SIZED_TOGETHER + 1;

describe('a job of two pieces', () => {
  let fleet: Fleet;
  let campaign: StoredCampaign;
  beforeEach(async () => {
    fleet = await newFleet();
    const size = { by: 'count', count: 2 * DEVICES } as const;
    const first = { name: 'first', size, success: 100, soak: 0, manual: true };
    const launched = await fleet.launch(
      { rollout: { by: 'waves', waves: [first] } },
      ...Array.from({ length: DEVICES }, () => ({})),
    );
    campaign = launched.campaign;
    await sizeAgain(fleet.deps, fleet.world.account, campaign, true);
  });

  const job = async () => must((await fleet.store.jobs.ofCampaign(fleet.world.account, campaign.key))[0]);
  const sizes = async () => {
    const found = must(await fleet.store.campaigns.get(fleet.world.account, campaign.key));
    return 'progress' in found ? found.progress.sizes : [];
  };

  it('is left to others after the piece that is under way when its process is to stop', async () => {
    expect(await runNextJob({ ...fleet.deps, isStopping: () => true })).toBe(false);
    expect(await job()).toMatchObject({ status: 'running', done: SIZED_TOGETHER });
    expect(await runNextJob(fleet.deps)).toBe(true);
    expect(await job()).toMatchObject({ status: 'done', done: DEVICES });
    expect(await sizes()).toEqual([DEVICES]);
  });

  it('is not touched again by a process that was paused while another did it', async () => {
    const { store, deps, pass } = fleet;
    let pauses = 0;
    const pausing: Store = {
      ...store,
      jobs: {
        ...store.jobs,
        renew: async (...which) => {
          pauses += 1;
          pass(2 * MINUTE);
          expect(await runNextJob(deps)).toBe(true);
          return store.jobs.renew(...which);
        },
      },
    };
    expect(await runNextJob({ ...deps, store: pausing })).toBe(true);
    expect(pauses).toBe(1);
    expect(await job()).toMatchObject({ status: 'done', done: DEVICES });
    expect(await runNextJob(deps)).toBe(false);
    expect(await sizes()).toEqual([DEVICES]);
  });
});
