import { beforeEach, describe, expect, it } from 'vitest';
import { runDueCampaigns } from '../src/app/campaign-end.ts';
import {
  type CampaignRequest,
  commandCampaign,
  createCampaign,
  deleteCampaign,
  editCampaign,
  type PlanPatch,
} from '../src/app/campaigns.ts';
import type { StoredJob } from '../src/app/job-records.ts';
import { runNextJob } from '../src/app/jobs.ts';
import { addDevices, closeDevice, listJobs, removeDevices } from '../src/app/members.ts';
import { createQuery, deleteQuery } from '../src/app/queries.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import type { Target } from '../src/domain/plan.ts';
import { MINUTE, SECOND } from '../src/domain/time.ts';
import { must, newAccount } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { sampleQuery } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const EVERY = MINUTE;
const north = (given: Partial<Extract<Target, { by: 'query' }>> = {}): Target => ({
  ...{ by: 'query', expression: 'tag = north', list: null, reevaluateSeconds: EVERY / SECOND },
  ...given,
});

const create = async (plan: PlanPatch = {}): Promise<StoredCampaign> => {
  const pack = await fleet.world.addPackage();
  const all = { name: 'spring', packages: [pack.id], target: north(), ...plan };
  return granted(await createCampaign(fleet.deps, fleet.operator, all));
};
const command = async (
  { id }: StoredCampaign,
  type: CampaignRequest['type'] & ('start' | 'stop' | 'pause' | 'resume'),
) => granted(await commandCampaign(fleet.deps, fleet.operator, id, { type }));
const edit = async ({ id }: StoredCampaign, plan: PlanPatch) =>
  granted(await editCampaign(fleet.deps, fleet.operator, id, plan));
const start = async (plan: PlanPatch = {}): Promise<StoredCampaign> => {
  const campaign = await command(await create(plan), 'start');
  await fleet.work();
  return campaign;
};
const northern = () => fleet.world.addDevice({ tags: ['north'] });
const membersOf = async (campaign: StoredCampaign) => (await fleet.world.updatesOf(campaign)).length;
const jobsOf = async ({ id }: StoredCampaign): Promise<readonly StoredJob[]> =>
  granted(await listJobs(fleet.deps, fleet.operator, id));
const statusesOf = async (campaign: StoredCampaign) => (await jobsOf(campaign)).map(({ status }) => status);
/** The next round, if there is one by then. */
const round = async () => {
  fleet.pass(EVERY);
  await fleet.work();
};
const done = { type: 'progress', phase: 'activation', step: 'complete' } as const;
const finish = async (campaign: StoredCampaign, device: StoredDevice) => {
  await fleet.contact(device);
  granted(await fleet.says(campaign, device, done));
};

describe('a target that is evaluated again', () => {
  it('brings in at each interval, and not before, whoever matches by then', async () => {
    await northern();
    const campaign = await start();
    expect(await membersOf(campaign)).toBe(1);
    await northern();
    await fleet.world.addDevice({ tags: ['south'] });
    fleet.pass(EVERY - 1);
    expect(await runNextJob(fleet.deps)).toBe(false);
    fleet.pass(1);
    await fleet.work();
    expect(await membersOf(campaign)).toBe(2);
    await northern();
    await round();
    expect(await membersOf(campaign)).toBe(3);
    expect(await jobsOf(campaign)).toMatchObject([
      {
        status: 'waiting',
        done: 3,
        total: 3,
        cursor: 0,
        finishedAt: null,
        notBefore: fleet.deps.clock() + EVERY,
      },
    ]);
  });

  it('writes no event where nobody is added', async () => {
    await northern();
    await start();
    const before = await fleet.world.events();
    await round();
    await round();
    expect(await fleet.world.events()).toEqual(before);
  });

  it('is done once when it has no interval', async () => {
    await northern();
    const campaign = await start({ target: north({ reevaluateSeconds: 0 }) });
    expect(await jobsOf(campaign)).toMatchObject([{ status: 'done', done: 1, work: { every: null } }]);
  });

  it('brings back nobody who was taken out, and lets nobody begin again whose update is over', async () => {
    const [removed, finished] = [await northern(), await northern()];
    const campaign = await start();
    granted(await removeDevices(fleet.deps, fleet.operator, campaign.id, [removed.id]));
    await finish(campaign, finished);
    await round();
    for (const device of [removed, finished]) {
      expect(await fleet.updateOf(campaign, device)).toMatchObject({ status: 'closed', generation: 1 });
    }
  });

  it('waits while the campaign is paused, and goes on after', async () => {
    const campaign = await start();
    await command(campaign, 'pause');
    await northern();
    await round();
    await round();
    expect(await membersOf(campaign)).toBe(0);
    expect(await statusesOf(campaign)).toEqual(['waiting']);
    await command(campaign, 'resume');
    await round();
    expect(await membersOf(campaign)).toBe(1);
  });

  it('is evaluated a first time also when the campaign is paused at once', async () => {
    await northern();
    const campaign = await command(await create(), 'start');
    await command(campaign, 'pause');
    await fleet.work();
    expect(await membersOf(campaign)).toBe(1);
    await northern();
    await round();
    expect(await membersOf(campaign)).toBe(1);
  });

  it.each([
    ['stopped', (campaign: StoredCampaign) => command(campaign, 'stop')],
    [
      'cancelled',
      ({ id }: StoredCampaign) => commandCampaign(fleet.deps, fleet.operator, id, { type: 'cancel' }),
    ],
    ['given another target', (campaign: StoredCampaign) => edit(campaign, { target: { by: 'hand' } })],
  ])('is over once its campaign is %s', async (_, act) => {
    const campaign = await start();
    await act(campaign);
    await northern();
    await round();
    expect(await membersOf(campaign)).toBe(0);
    expect((await statusesOf(campaign))[0]).toBe('done');
    await round();
    expect(await runNextJob(fleet.deps)).toBe(false);
  });

  it('goes with its campaign when that is forgotten', async () => {
    const campaign = await start();
    await command(campaign, 'stop');
    granted(await deleteCampaign(fleet.deps, fleet.operator, campaign.id));
    fleet.pass(EVERY);
    expect(await runNextJob(fleet.deps)).toBe(false);
  });

  it('does not begin in a campaign that was stopped before it could', async () => {
    await northern();
    const campaign = await command(await create(), 'start');
    await command(campaign, 'stop');
    await fleet.work();
    expect(await membersOf(campaign)).toBe(0);
    expect(await statusesOf(campaign)).toEqual(['done']);
  });
});

describe('a campaign that starts again', () => {
  it('has its query evaluated at once, by the job that waits for its next round', async () => {
    const campaign = await start();
    await command(campaign, 'stop');
    await northern();
    await command(campaign, 'start');
    await fleet.work();
    expect(await membersOf(campaign)).toBe(1);
    expect(await statusesOf(campaign)).toEqual(['waiting']);
    expect(await jobsOf(campaign)).toMatchObject([{ notBefore: fleet.deps.clock() + EVERY }]);
  });

  it('has a new job where the former one is over', async () => {
    const campaign = await start();
    await command(campaign, 'stop');
    await round();
    await command(campaign, 'start');
    await fleet.work();
    expect(await statusesOf(campaign)).toEqual(['done', 'waiting']);
  });

  it('never has two jobs go round for the same target', async () => {
    const campaign = await command(await create(), 'start');
    const now = fleet.deps.clock();
    // A worker is busy with it while the campaign stops and starts again.
    const busy = must(await fleet.store.jobs.claim(now, now + SECOND));
    await command(campaign, 'stop');
    await command(campaign, 'start');
    expect(await statusesOf(campaign)).toEqual(['running', 'waiting']);
    fleet.pass(SECOND);
    await fleet.work();
    expect(await jobsOf(campaign)).toMatchObject([{ id: busy.id, status: 'done' }, { status: 'waiting' }]);
    await round();
    expect(await statusesOf(campaign)).toEqual(['done', 'waiting']);
  });
});

describe('another target for a campaign that runs', () => {
  const south = north({ expression: 'tag = south' });

  it('brings in its devices at once, and the former query is asked no more', async () => {
    const campaign = await start();
    await fleet.world.addDevice({ tags: ['south'] });
    await edit(campaign, { target: south });
    await fleet.work();
    expect(await membersOf(campaign)).toBe(1);
    await northern();
    await round();
    expect(await membersOf(campaign)).toBe(1);
    expect(await statusesOf(campaign)).toEqual(['done', 'waiting']);
  });

  it('makes no work when nothing that matters changed, nor before the campaign runs', async () => {
    const campaign = await create();
    await edit(campaign, { target: south });
    expect(await jobsOf(campaign)).toEqual([]);
    await command(campaign, 'start');
    await fleet.work();
    await edit(campaign, { name: 'summer' });
    const saved = granted(
      await createQuery(fleet.deps, fleet.operator, {
        name: 'S',
        description: '',
        expression: 'tag = south',
      }),
    );
    await edit(campaign, { target: north({ expression: 'tag = south', list: saved.id }) });
    expect(await jobsOf(campaign)).toHaveLength(1);
  });

  it('takes effect with its next round when only the interval is another', async () => {
    const campaign = await start();
    await edit(campaign, { target: north({ reevaluateSeconds: 10 }) });
    await fleet.work();
    await northern();
    fleet.pass(10 * SECOND);
    await fleet.work();
    expect(await membersOf(campaign)).toBe(1);
  });
});

describe('a saved query as target', () => {
  it('must be there when the plan takes it, and may go later', async () => {
    const query = { name: 'North', description: '', expression: 'tag = north' };
    const list = granted(await createQuery(fleet.deps, fleet.operator, query)).id;
    const unknown = { ok: false, refusal: { code: 'not-found', entity: 'query', id: 'nothing' } };
    const bad = { name: 'spring', target: north({ list: 'nothing' }) };
    expect(await createCampaign(fleet.deps, fleet.operator, bad)).toEqual(unknown);
    const campaign = await create({ target: north({ list }) });
    expect(await editCampaign(fleet.deps, fleet.operator, campaign.id, bad)).toEqual(unknown);
    granted(await deleteQuery(fleet.deps, fleet.operator, list));
    expect((await edit(campaign, { name: 'summer' })).plan).toMatchObject({
      name: 'summer',
      target: { list },
    });
  });

  it('of another account is not there', async () => {
    const { id: list } = sampleQuery();
    const write = { save: 'query', value: sampleQuery({ id: list }) } as const;
    const other = await newAccount(fleet.store);
    expect(await fleet.store.commit({ account: other, writes: [write], events: [] })).toEqual({ ok: true });
    const plan = { name: 'spring', target: north({ list }) };
    expect(await createCampaign(fleet.deps, fleet.operator, plan)).toMatchObject({
      refusal: { code: 'not-found', entity: 'query', id: list },
    });
  });
});

describe('a campaign that ends when all are done', () => {
  it('ends with the first round after which none is open, though its query would be asked again', async () => {
    const device = await northern();
    const campaign = await start({ endWhenComplete: true });
    expect(await fleet.statusOf(campaign)).toBe('running');
    await finish(campaign, device);
    expect(await fleet.statusOf(campaign)).toBe('ended');
    await round();
    expect(await statusesOf(campaign)).toEqual(['done', 'done']);
  });

  it('does not end before its first round, nor while nobody was in it', async () => {
    const early = await fleet.world.addDevice({});
    const campaign = await command(await create({ endWhenComplete: true }), 'start');
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [early.id]));
    const at = { campaign: campaign.id, device: early.id };
    granted(await closeDevice(fleet.deps, fleet.operator, at, ''));
    expect(await fleet.statusOf(campaign)).toBe('running');
    await fleet.work();
    expect(await fleet.statusOf(campaign)).toBe('ended');
    const empty = await start({ endWhenComplete: true });
    await round();
    expect(await fleet.statusOf(empty)).toBe('running');
  });

  it('waits for a round that is due', async () => {
    const device = await northern();
    const campaign = await start({ endWhenComplete: true });
    await northern();
    fleet.pass(EVERY);
    await finish(campaign, device);
    expect(await fleet.statusOf(campaign)).toBe('running');
    await fleet.work();
    expect(await fleet.statusOf(campaign)).toBe('running');
    expect(await membersOf(campaign)).toBe(2);
  });
});

describe('a campaign that the server starts', () => {
  it('is evaluated again and again too', async () => {
    const campaign = await create();
    const startAt = fleet.deps.clock() + EVERY;
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'schedule', startAt }));
    fleet.pass(EVERY);
    expect(await runDueCampaigns(fleet.deps)).toBe(1);
    await fleet.work();
    await northern();
    await round();
    expect(await membersOf(campaign)).toBe(1);
  });
});
