import { describe, expect, it } from 'vitest';
import { type Campaign, type CampaignCommand, createCampaign, decide, dueAt, evolveAll } from './campaign.ts';
import { contentOf, defaultPlan, type Plan } from './plan.ts';
import type { Wave } from './rollout.ts';
import type { StopAction } from './stop-rule.ts';

const wave = (given: Partial<Wave> = {}): Wave => ({
  name: '',
  size: { by: 'percent', percent: 5 },
  success: 90,
  soak: 100,
  manual: false,
  ...given,
});
const rule = (action: StopAction): Plan['stopRules'][number] => ({
  signal: 'failed',
  scope: { by: 'wave' },
  minimum: 10,
  threshold: { percent: 5 },
  action,
  rollBackTo: action === 'roll-back' ? 'p0' : null,
});

const planOf = (waves: readonly Wave[], rest: Partial<Plan> = {}): Plan => ({
  ...defaultPlan,
  name: 'spring',
  packages: ['p1'],
  rollout: { by: 'waves', waves },
  ...rest,
});

type Act = readonly [at: number, CampaignCommand];

const eventsOf = (campaign: Campaign, at: number, command: CampaignCommand) => {
  const decision = decide(campaign, command, at);
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value;
};

/** A campaign under that plan, started at 0, after these commands. */
const campaignAfter = (plan: Plan, ...acts: readonly Act[]): Campaign => {
  const given = { id: 'c', plan, digest: contentOf(plan), policy: 'none', createdBy: 'ann' } as const;
  const all: readonly Act[] = [[0, { type: 'start' }], ...acts];
  return all.reduce(
    (campaign, [at, command]) => evolveAll(campaign, eventsOf(campaign, at, command), at),
    createCampaign(given, 0),
  );
};
const progressOf = (campaign: Campaign) => ('progress' in campaign ? campaign.progress : undefined);

const meet = (number: number): CampaignCommand => ({ type: 'meet-wave', wave: number });
const open = (number: number): CampaignCommand => ({ type: 'open-wave', wave: number, by: 'clock' });
const trip: CampaignCommand = { type: 'trip', rule: 0, scope: 'wave/0', closed: 10, hits: 1 };

describe('waves', () => {
  it('begin with the first, and a wave that was met soaks before the next one opens', () => {
    const plan = planOf([wave(), wave()]);
    expect(progressOf(campaignAfter(plan))).toMatchObject({ wave: 0, since: 0, metAt: null });
    const met = campaignAfter(plan, [50, meet(0)]);
    expect(progressOf(met)).toMatchObject({ wave: 0, metAt: 50 });
    expect(eventsOf(met, 149, open(1))).toEqual([]);
    expect(progressOf(campaignAfter(plan, [50, meet(0)], [150, open(1)]))).toMatchObject({
      wave: 1,
      since: 150,
      metAt: null,
    });
  });

  it('open at once where there is nothing to wait for', () => {
    const plan = planOf([wave({ soak: 0 }), wave()]);
    expect(progressOf(campaignAfter(plan, [50, meet(0)]))).toMatchObject({ wave: 1, since: 50, metAt: null });
    const manual = planOf([wave({ soak: 0, manual: true }), wave()]);
    expect(progressOf(campaignAfter(manual, [50, meet(0)]))).toMatchObject({ wave: 0, metAt: 50 });
  });

  it('let everybody in after the last one, and nothing more opens', () => {
    const plan = planOf([wave({ soak: 0 })]);
    const done = campaignAfter(plan, [50, meet(0)]);
    expect(progressOf(done)?.wave).toBe(1);
    expect(eventsOf(done, 60, meet(1))).toEqual([]);
    expect(dueAt(done)).toBeNull();
  });

  it('are due at the end of a soak, or at the end of the campaign when that is earlier', () => {
    const waves = [wave(), wave()];
    expect(dueAt(campaignAfter(planOf(waves), [50, meet(0)]))).toBe(150);
    expect(dueAt(campaignAfter(planOf(waves, { endAt: 120 }), [50, meet(0)]))).toBe(120);
    expect(dueAt(campaignAfter(planOf(waves, { endAt: 120 })))).toBe(120);
    expect(dueAt(campaignAfter(planOf([wave({ manual: true }), wave()]), [50, meet(0)]))).toBeNull();
  });

  it('do not open while the campaign is paused, and do as soon as it goes on', () => {
    const plan = planOf([wave(), wave()]);
    const paused = campaignAfter(plan, [50, meet(0)], [60, { type: 'pause' }]);
    expect(dueAt(paused)).toBeNull();
    expect(eventsOf(paused, 500, open(1))).toEqual([]);
    const resumed = campaignAfter(plan, [50, meet(0)], [60, { type: 'pause' }], [500, { type: 'resume' }]);
    expect(dueAt(resumed)).toBe(150);
    expect(eventsOf(resumed, 500, open(1))).toEqual([{ type: 'campaign-wave-opened', wave: 1 }]);
  });

  it('that are met while it is paused wait for it to go on, even without a soak', () => {
    const plan = planOf([wave({ soak: 0 }), wave()]);
    const met = campaignAfter(plan, [40, { type: 'pause' }], [50, meet(0)]);
    expect(progressOf(met)).toMatchObject({ wave: 0, metAt: 50 });
    expect(dueAt(campaignAfter(plan, [40, { type: 'pause' }], [50, meet(0)], [60, { type: 'resume' }]))).toBe(
      50,
    );
  });

  it('stay where they are through a stop and another start', () => {
    const plan = planOf([wave({ soak: 0 }), wave()]);
    const again = campaignAfter(plan, [50, meet(0)], [60, { type: 'stop' }], [70, { type: 'start' }]);
    expect(progressOf(again)?.wave).toBe(1);
  });
});

describe('a stop rule that fires', () => {
  const tripped = (action: StopAction) =>
    campaignAfter(planOf([wave()], { stopRules: [rule(action)] }), [40, trip]);

  it.each([
    ['alert', 'running', []],
    ['hold', 'running', ['wave/0']],
    ['pause', 'paused', []],
    ['abort', 'cancelled', undefined],
    ['roll-back', 'cancelled', undefined],
  ] as const)('with the action %s leaves the campaign %s', (action, status, held) => {
    const campaign = tripped(action);
    expect(campaign.status).toBe(status);
    expect(progressOf(campaign)?.held).toEqual(held);
  });

  it('is told first, with what it counted and did', () => {
    const campaign = campaignAfter(planOf([wave()], { stopRules: [rule('pause')] }));
    expect(eventsOf(campaign, 40, trip)).toEqual([
      { type: 'campaign-rule-tripped', rule: 0, scope: 'wave/0', closed: 10, hits: 1, action: 'pause' },
      { type: 'campaign-paused' },
    ]);
  });

  it('is kept once for each scope, with its latest count', () => {
    const later: CampaignCommand = { ...trip, closed: 30, hits: 9 };
    const plan = planOf([wave()], { stopRules: [rule('alert')] });
    const campaign = campaignAfter(plan, [40, trip], [50, later], [60, trip]);
    expect(progressOf(campaign)?.tripped).toEqual([
      { rule: 0, scope: 'wave/0', at: 50, closed: 30, hits: 9 },
    ]);
  });
});

describe('an edit of a campaign under way', () => {
  const plan = planOf([wave(), wave()], { stopRules: [rule('alert')] });
  const editTo = (to: Plan): Act => [60, { type: 'edit', plan: to, digest: contentOf(to), by: 'ann' }];
  const begun: readonly Act[] = [
    [40, trip],
    [45, { type: 'size-waves', sizes: [5, 20] }],
    [50, meet(0)],
  ];

  it('keeps how far it has come when the waves and the rules stay', () => {
    const before = progressOf(campaignAfter(plan, ...begun));
    expect(progressOf(campaignAfter(plan, ...begun, editTo({ ...plan, priority: 90 })))).toEqual(before);
  });

  it('counts other rules from the beginning', () => {
    const changed = campaignAfter(plan, ...begun, editTo({ ...plan, stopRules: [rule('pause')] }));
    expect(progressOf(changed)).toMatchObject({ tripped: [], metAt: 50 });
  });

  it('asks the open wave for its condition again when the waves are others', () => {
    const one: Plan = { ...plan, rollout: { by: 'waves', waves: [wave()] } };
    const changed = campaignAfter(plan, ...begun, editTo(one));
    expect(progressOf(changed)).toMatchObject({ wave: 0, metAt: null, sizes: [] });
  });

  it('has no more waves open than there are', () => {
    const second: readonly Act[] = [
      [50, meet(0)],
      [55, { type: 'open-wave', wave: 1, by: 'operator' }],
    ];
    const one: Plan = { ...plan, rollout: { by: 'waves', waves: [wave()] } };
    expect(progressOf(campaignAfter(plan, ...second, editTo(one)))?.wave).toBe(1);
    const all: Plan = { ...plan, rollout: { by: 'all' } };
    expect(progressOf(campaignAfter(plan, ...second, editTo(all)))?.wave).toBe(0);
  });
});
