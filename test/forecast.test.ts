import { describe, expect, it } from 'vitest';
import { runDueCampaigns } from '../src/app/campaign-end.ts';
import { commandCampaign, createCampaign } from '../src/app/campaigns.ts';
import { newForecasts } from '../src/app/forecast.ts';
import { addDevices } from '../src/app/members.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { defaultAssumptions } from '../src/domain/forecast.ts';
import type { Plan } from '../src/domain/plan.ts';
import { drawAround, type Random, randomFrom } from '../src/domain/random.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../src/domain/time.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { NOON } from './support/samples.ts';

const DEVICES = 150;
const SEEDS = 20;
/** That of the account of a fleet. */
const INTERVAL = 600 * SECOND;

const assumptions = {
  ...{ bytesPerSecond: 100_000_000, variation: 0.5, broken: 0.1, failing: 0.05, silent: 0 },
  durations: { download: 2 * MINUTE, execution: 6 * MINUTE, activation: 2 * MINUTE },
};
/** The sample package has five gigabytes. */
const BYTES_TAKE = 50 * SECOND;
const whole = assumptions.durations.execution + assumptions.durations.activation;

type World = {
  readonly fleet: Fleet;
  readonly campaign: StoredCampaign;
  readonly devices: readonly StoredDevice[];
};

/** Under the id that is given: the places of the devices, and so the result, follow from it. */
const newCampaign = async (plan: Partial<Plan>, chosen: string): Promise<World> => {
  const fleet = await newFleet();
  const { world, deps, operator } = fleet;
  const pack = await world.addPackage();
  const devices: StoredDevice[] = [];
  for (let index = 0; index < DEVICES; index += 1) {
    const lastSeenAt = NOON - Math.floor((INTERVAL * index) / DEVICES);
    devices.push(await world.addDevice({ id: `device-${index}`, lastSeenAt, timeZone: 'UTC' }));
  }
  const { id } = granted(
    await createCampaign({ ...deps, ids: { ...deps.ids, uuid: () => chosen } }, operator, {
      name: 'spring',
      packages: [pack.id],
      ...plan,
    }),
  );
  const ids = devices.map((device) => device.id);
  granted(await addDevices(deps, operator, id, ids));
  const campaign = granted(await commandCampaign(deps, operator, id, { type: 'start' }));
  await fleet.work();
  return { fleet, campaign, devices };
};

type Course = {
  readonly device: StoredDevice;
  readonly at: Instant;
  readonly does: 'contact' | 'done' | 'broken' | 'failed';
};

const courseOf = (random: Random): Course['does'] => {
  const draw = random();
  if (draw < assumptions.broken) return 'broken';
  return draw < assumptions.broken + assumptions.failing ? 'failed' : 'done';
};

const next = (device: StoredDevice, after: Instant): Course => {
  const missed = Math.max(1, Math.ceil((after - device.lastSeenAt) / INTERVAL));
  return { device, at: device.lastSeenAt + missed * INTERVAL, does: 'contact' };
};

/** What a device is told to do takes its time, and goes well or not. */
const undergo = (device: StoredDevice, now: Instant, random: Random): Course => {
  const does = courseOf(random);
  const fetch = drawAround(random, assumptions.durations.download + BYTES_TAKE, assumptions.variation);
  const took =
    does === 'broken' ? fetch * random() : fetch + drawAround(random, whole, assumptions.variation);
  return { device, at: now + Math.round(took), does };
};

const said = {
  done: { type: 'progress', phase: 'activation', step: 'complete' },
  broken: { type: 'failure', reason: 'connection-lost', message: '', undoes: false },
  failed: { type: 'failure', reason: 'install-failed', message: '', undoes: false },
} as const;

/** Lets every device do what it would, over the real use cases, and answers how long the last of them took. */
const liveThrough = async (plan: Partial<Plan>, seed: number): Promise<number> => {
  const { fleet, campaign, devices } = await newCampaign(plan, `lived-${seed}`);
  const random = randomFrom(10_000 + seed);
  const ahead: Course[] = devices.map((device) => next(device, NOON + 1));
  let now = NOON;
  let last = NOON;
  while (ahead.length > 0) {
    ahead.sort((a, b) => b.at - a.at);
    const course = ahead.pop();
    if (course === undefined || course.at > NOON + 20 * HOUR) break;
    const { device, does } = course;
    fleet.pass(course.at - now);
    now = course.at;
    await runDueCampaigns(fleet.deps);
    if (does === 'contact') {
      const assignment = await fleet.contact(device, { together: true });
      const isOver = (await fleet.updateOf(campaign, device)).status === 'closed';
      if (assignment?.due !== undefined) ahead.push(undergo(device, now, random));
      else if (!isOver) ahead.push(next(device, now + 1));
      continue;
    }
    granted(await fleet.says(campaign, device, said[does]));
    if ((await fleet.updateOf(campaign, device)).status === 'open') ahead.push(next(device, now + 1));
    else last = now;
  }
  return last - NOON;
};

const middleOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return ((below ?? 0) + (above ?? 0)) / 2;
};

const foretell = async (plan: Partial<Plan>): Promise<number> => {
  const { fleet, campaign } = await newCampaign(plan, 'foretold');
  const forecast = newForecasts({ ...fleet.deps, turn: async () => undefined });
  const { planned } = granted(await forecast(fleet.operator, { id: campaign.id }, { assumptions }));
  return (planned.finish?.middle ?? 0) - NOON;
};

const evening = { days: [1, 2, 3, 4, 5, 6, 7], from: 14 * 60, to: 18 * 60, zone: 'device' } as const;
const hours = { notBefore: null, windows: [evening], spread: 2 * HOUR };

describe('a forecast', () => {
  it.each<[string, Partial<Plan>]>([
    ['all at once', {}],
    ['a limit', { concurrency: 4 }],
    ['a ramp', { rollout: { by: 'ramp', perMinute: 1, factor: 2, every: 10, most: 4 } }],
    [
      'waves',
      {
        rollout: {
          by: 'waves',
          waves: [
            { name: 'one', size: { by: 'count', count: 5 }, success: 60, soak: 2 * HOUR, manual: false },
            { name: 'two', size: { by: 'percent', percent: 30 }, success: 60, soak: 2 * HOUR, manual: false },
          ],
        },
      },
    ],
    ['hours with a spread', { download: hours, install: { ...hours, spread: 0 } }],
  ])('agrees with what happens on the time of the finish: %s', async (_, plan) => {
    const lived: number[] = [];
    for (let seed = 0; seed < SEEDS; seed += 1) lived.push(await liveThrough(plan, seed));
    const foretold = await foretell(plan);
    expect(
      foretold / middleOf(lived),
      `${foretold / HOUR} h, not ${lived.map((one) => one / HOUR)}`,
    ).toBeGreaterThan(0.9);
    expect(foretold / middleOf(lived)).toBeLessThan(1.1);
  });

  /** So many devices were updated in ten minutes each, every fifth of which failed. */
  const afterHistory = async (count: number) => {
    const fleet = await newFleet();
    const given = Array.from({ length: count }, () => ({ lastSeenAt: NOON }));
    const { campaign, devices } = await fleet.launch({}, ...given);
    for (const device of devices) await fleet.contact(device, { together: true });
    fleet.pass(10 * MINUTE);
    for (const [index, device] of devices.entries()) {
      granted(await fleet.says(campaign, device, index % 5 === 0 ? said.failed : said.done));
    }
    const { id } = granted(await createCampaign(fleet.deps, fleet.operator, { name: 'next' }));
    const forecast = newForecasts({ ...fleet.deps, turn: async () => undefined });
    return granted(await forecast(fleet.operator, { id }, { assumptions: { silent: 0.5 } }));
  };

  it('takes its assumptions from fifty closed updates of the account, and what is given before those', async () => {
    const { from, assumptions: taken } = await afterHistory(50);
    expect(from).toBe('history');
    expect(taken).toMatchObject({
      failing: 0.2,
      silent: 0.5,
      bytesPerSecond: Math.round(5_000_000_000 / 600),
    });
    expect(taken.durations).toEqual({ download: 0, execution: 0, activation: 0 });
  });

  it('states its defaults while there are fewer', async () => {
    const { from, assumptions: taken } = await afterHistory(49);
    expect(from).toBe('defaults');
    expect(taken).toEqual({ ...defaultAssumptions, silent: 0.5 });
  });

  it('does not hold more than two fleets in memory at once', async () => {
    const { fleet, campaign } = await newCampaign({}, 'three-at-once');
    const forecast = newForecasts({ ...fleet.deps, turn: async () => undefined });
    const ask = () => forecast(fleet.operator, { id: campaign.id }, {});
    const replies = await Promise.all([ask(), ask(), ask()]);
    expect(replies.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(await ask()).toMatchObject({ ok: true });
  });

  it('ends at its next turn when whoever asked has gone, and leaves its place to others', async () => {
    const { fleet, campaign } = await newCampaign({}, 'left-alone');
    const leaving = { aborted: false };
    let turns = 0;
    const turn = async (): Promise<void> => {
      turns += 1;
      leaving.aborted = true;
    };
    const forecast = newForecasts({ ...fleet.deps, turn });
    const ask = (stay?: { readonly aborted: boolean }) =>
      forecast(fleet.operator, { id: campaign.id }, {}, stay);
    expect(await Promise.all([ask(leaving), ask(leaving)])).toMatchObject([{ ok: false }, { ok: false }]);
    expect(turns).toBeLessThanOrEqual(4);
    expect(await ask()).toMatchObject({ ok: true });
    expect(turns).toBeGreaterThan(4);
  });
});
