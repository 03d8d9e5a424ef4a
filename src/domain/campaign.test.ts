import { describe, expect, it } from 'vitest';
import { type Campaign, type CampaignCommand, createCampaign, decide, dueAt, evolveAll } from './campaign.ts';
import { contentOf, defaultPlan, type Plan } from './plan.ts';
import { newProgress } from './rollout.ts';

const spring: Plan = { ...defaultPlan, name: 'spring', packages: ['p1'] };
const summer: Plan = { ...spring, name: 'summer' };
const longer: Plan = { ...spring, packages: ['p1', 'p2'], endAt: 60 };

const editTo = (to: Plan, by: string): CampaignCommand => ({
  type: 'edit',
  plan: to,
  digest: contentOf(to),
  by,
});

const accepted = (first: Campaign, ...commands: readonly CampaignCommand[]): Campaign =>
  commands.reduce((campaign, given) => {
    const decision = decide(campaign, given, 5);
    if (!decision.ok) throw new Error(decision.refusal.code);
    return evolveAll(campaign, decision.value, 5);
  }, first);

describe('a campaign', () => {
  const created = (policy: Campaign['policy']): Campaign =>
    createCampaign({ id: 'c', plan: spring, digest: contentOf(spring), policy, createdBy: 'ann' }, 0);

  it('does not let an author of the content approve it after someone else gave it a new name', () => {
    const campaign = accepted(
      created('another'),
      editTo(longer, 'bob'),
      editTo({ ...longer, name: 'x' }, 'cid'),
    );
    expect(decide(campaign, { type: 'approve', by: 'bob', digest: campaign.digest }, 6)).toEqual({
      ok: false,
      refusal: { code: 'campaign/own-approval' },
    });
    expect(campaign.plan.name).toBe('x');
  });

  it('keeps its approvals when only its name changes, and loses them with its content', () => {
    const approve: CampaignCommand = { type: 'approve', by: 'bob', digest: contentOf(spring) };
    const approved = accepted(created('another'), approve, editTo(summer, 'ann'));
    expect(approved).toMatchObject({ status: 'approved', approvals: [{ by: 'bob' }] });
    expect(accepted(approved, editTo(longer, 'ann'))).toMatchObject({
      status: 'awaiting-approval',
      approvals: [],
    });
  });

  it('remembers when it was first started, through pause, stop and start', () => {
    const started = {
      ...created('none'),
      status: 'running',
      startedAt: 2,
      progress: newProgress(2),
    } as const;
    const again = accepted(started, { type: 'pause' }, { type: 'stop' }, { type: 'start' });
    expect(again).toMatchObject({ status: 'running', startedAt: 2 });
  });

  it('is due at its start, then at its end, and never before or after those', () => {
    const draft = accepted(created('none'), editTo(longer, 'ann'));
    const scheduled = accepted(draft, { type: 'schedule', startAt: 40 });
    const running = accepted(scheduled, { type: 'start' });
    const ended = accepted(running, { type: 'end', because: 'end-date' });
    expect([draft, scheduled, running, ended].map(dueAt)).toEqual([null, 40, 60, null]);
    expect(dueAt(accepted(created('none'), { type: 'start' }))).toBeNull();
  });
});
