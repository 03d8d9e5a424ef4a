import { describe, expect, it } from 'vitest';
import {
  type CommandType,
  campaignTable,
  created,
  expectedOf,
  type Situation,
  situations,
} from '../../test/state-table/campaign.ts';
import {
  type ApprovalPolicy,
  approvalPolicies,
  type Campaign,
  type CampaignCommand,
  type CampaignStatus,
  campaignStatuses,
  createCampaign,
  decide,
  evolveAll,
} from './campaign.ts';
import { defaultPlan, type Plan } from './plan.ts';
import { newProgress, type Progress, type Wave } from './rollout.ts';
import type { StopAction } from './stop-rule.ts';

const now = 1_000;
const startAt = 2_000;
const plan: Plan = { ...defaultPlan, name: 'spring', packages: ['p1'], endAt: 3_000 };
const progress: Progress = { ...newProgress(500), held: ['wave/7'], sizes: [3] };

const draft = createCampaign({ id: 'c', plan, digest: 'd1', policy: 'none', createdBy: 'creator' }, 10);

const variants: Readonly<Record<CampaignStatus, Campaign>> = {
  draft: { ...draft, status: 'draft' },
  'awaiting-approval': { ...draft, status: 'awaiting-approval' },
  approved: { ...draft, status: 'approved' },
  scheduled: { ...draft, status: 'scheduled', startAt },
  running: { ...draft, status: 'running', startedAt: 500, progress },
  paused: { ...draft, status: 'paused', startedAt: 500, progress },
  stopped: { ...draft, status: 'stopped', startedAt: 500, stoppedAt: 600, progress },
  ended: { ...draft, status: 'ended', startedAt: 500, endedAt: 700, because: 'operator' },
  cancelled: { ...draft, status: 'cancelled', startedAt: null, cancelledAt: 700 },
  rejected: { ...draft, status: 'rejected', rejectedBy: 'boss', comment: 'no' },
  failed: { ...draft, status: 'failed', startedAt: null, because: 'the disk is full' },
};

type Given = Partial<Campaign> & { readonly progress?: Progress };
type Case = { readonly given: Given; readonly when: CampaignCommand };
type Cases = { readonly [Type in CommandType]: Readonly<Record<Situation<Type>, Case>> };

const edit = (policy: ApprovalPolicy, changes: object, digest: string): Case => ({
  given: { policy },
  when: { type: 'edit', plan: { ...plan, ...changes }, digest, by: 'editor' },
});

const approve = (policy: ApprovalPolicy, by: string, approvedBy: readonly string[] = []): Case => ({
  given: { policy, editedBy: 'editor', approvals: approvedBy.map((person) => ({ by: person, at: 20 })) },
  when: { type: 'approve', by, digest: 'd1' },
});

const plain = (when: CampaignCommand): Case => ({ given: {}, when });
const nothingToSend = { plan: { ...plan, packages: [] } };

const wave = (manual: boolean): Wave => ({
  name: 'pilot',
  size: { by: 'percent', percent: 5 },
  success: 90,
  soak: 100,
  manual,
});

/** Two waves, the first of them open and met so many milliseconds ago. */
const inWaves = (
  ago: number | null,
  when: CampaignCommand,
  policy: ApprovalPolicy = 'one',
  manual = false,
): Case => ({
  given: {
    policy,
    plan: { ...plan, rollout: { by: 'waves', waves: [wave(manual), wave(manual)] } },
    progress: { ...progress, metAt: ago === null ? null : now - ago },
  },
  when,
});
const openWave = (number: number, by: 'clock' | 'operator'): CampaignCommand => ({
  type: 'open-wave',
  wave: number,
  by,
});

const trip = (action: StopAction, rule = 0, tripped: Progress['tripped'] = []): Case => ({
  given: {
    progress: { ...progress, tripped },
    plan: {
      ...plan,
      stopRules: [
        {
          signal: 'any',
          scope: { by: 'wave' },
          minimum: 1,
          threshold: { count: 1 },
          action,
          rollBackTo: action === 'roll-back' ? 'p0' : null,
        },
      ],
    },
  },
  when: { type: 'trip', rule, scope: 'wave/0', closed: 10, hits: 2 },
});

const cases: Cases = {
  edit: {
    'same plan': edit('another', {}, 'd1'),
    name: edit('another', { name: 'summer' }, 'd1'),
    'content, no policy': edit('none', { packages: ['p2'] }, 'd2'),
    'content, policy': edit('two-others', { packages: ['p2'] }, 'd2'),
    'no packages, no policy': edit('none', { packages: [] }, 'd2'),
    'end before start, no policy': edit('none', { endAt: startAt }, 'd2'),
  },
  approve: {
    'one: author': approve('one', 'creator'),
    'one: other': approve('one', 'other'),
    'another: creator': approve('another', 'creator'),
    'another: editor': approve('another', 'editor'),
    'another: other': approve('another', 'other'),
    'two-others: creator': approve('two-others', 'creator'),
    'two-others: first': approve('two-others', 'other'),
    'two-others: first again': approve('two-others', 'other', ['other']),
    'two-others: second': approve('two-others', 'third', ['other']),
    'other digest': { given: { policy: 'one' }, when: { type: 'approve', by: 'other', digest: 'd0' } },
  },
  reject: { any: plain({ type: 'reject', by: 'boss', comment: 'not on a Friday' }) },
  schedule: {
    ahead: plain({ type: 'schedule', startAt: startAt + 1 }),
    'same instant': plain({ type: 'schedule', startAt }),
    now: plain({ type: 'schedule', startAt: now }),
    'at end date': plain({ type: 'schedule', startAt: 3_000 }),
    'no packages': { given: nothingToSend, when: { type: 'schedule', startAt: startAt + 1 } },
  },
  start: {
    packages: plain({ type: 'start' }),
    'no packages': { given: nothingToSend, when: { type: 'start' } },
  },
  pause: { any: plain({ type: 'pause' }) },
  resume: { any: plain({ type: 'resume' }) },
  stop: { any: plain({ type: 'stop' }) },
  cancel: { any: plain({ type: 'cancel' }) },
  end: { any: plain({ type: 'end', because: 'complete' }) },
  fail: { any: plain({ type: 'fail', because: 'the package is gone' }) },
  delete: { any: plain({ type: 'delete' }) },
  'size-waves': {
    'other sizes': plain({ type: 'size-waves', sizes: [3, 4] }),
    'the same': plain({ type: 'size-waves', sizes: [3] }),
  },
  'meet-wave': {
    'the open one': inWaves(null, { type: 'meet-wave', wave: 0 }),
    'the open one, met before': inWaves(5, { type: 'meet-wave', wave: 0 }),
    'another one': inWaves(null, { type: 'meet-wave', wave: 1 }),
  },
  'open-wave': {
    'soaked, clock': inWaves(100, openWave(1, 'clock')),
    'soaking, clock': inWaves(99, openWave(1, 'clock')),
    'manual, clock': inWaves(100, openWave(1, 'clock'), 'one', true),
    'soaked, operator': inWaves(100, openWave(1, 'operator'), 'one', true),
    'soaking, operator': inWaves(99, openWave(1, 'operator'), 'one', true),
    'soaking, operator, no policy': inWaves(null, openWave(1, 'operator'), 'none'),
    'open already': inWaves(null, openWave(0, 'operator')),
    'not the next': inWaves(100, openWave(2, 'operator')),
    'after the last': { given: {}, when: openWave(1, 'operator') },
  },
  trip: {
    alert: trip('alert'),
    hold: trip('hold'),
    pause: trip('pause'),
    abort: trip('abort'),
    'roll-back': trip('roll-back'),
    'no such rule': trip('pause', 1),
    'told before': trip('pause', 0, [{ rule: 0, scope: 'wave/0', at: 600, closed: 10, hits: 2 }]),
  },
  hold: {
    'a wave': plain({ type: 'hold', scope: 'wave/0' }),
    'held already': plain({ type: 'hold', scope: 'wave/7' }),
    'no part': plain({ type: 'hold', scope: '' }),
  },
  release: {
    held: plain({ type: 'release', scope: 'wave/7' }),
    'not held': plain({ type: 'release', scope: 'wave/0' }),
  },
};

/** How far it has come counts only where a campaign knows that. */
const withGiven = (campaign: Campaign, { progress: own, ...rest }: Given): Campaign =>
  ({ ...campaign, ...rest, ...('progress' in campaign && own && { progress: own }) }) as Campaign;

const outcomeOf = (campaign: Campaign, command: CampaignCommand): string => {
  const decision = decide(campaign, command, now);
  if (!decision.ok) return decision.refusal.code;
  if (decision.value.length === 0) return 'nothing';
  if (decision.value.some(({ type }) => type === 'campaign-deleted')) return 'deleted';
  return evolveAll(campaign, decision.value, now).status;
};

const caseOf = (type: CommandType, situation: string): Case => {
  const byName: Readonly<Record<string, Case>> = cases[type];
  const found = byName[situation];
  if (found === undefined) throw new Error(`no case for ${type} (${situation})`);
  return found;
};

const commandTypes = Object.keys(situations) as CommandType[];
const pairs = campaignStatuses.flatMap((status) =>
  commandTypes.flatMap((type) => situations[type].map((situation) => ({ status, type, situation }))),
);

describe('the table of the campaign', () => {
  it('has every status in the order of the store', () => {
    expect(Object.keys(campaignTable)).toEqual(campaignStatuses);
  });

  it.each(pairs)('given $status, when $type ($situation), then as the table says', (pair) => {
    const { given, when } = caseOf(pair.type, pair.situation);
    const campaign = withGiven(variants[pair.status], given);
    expect(outcomeOf(campaign, when)).toBe(expectedOf(pair.status, pair.type, pair.situation));
  });

  it.each(approvalPolicies)('begins a campaign under the policy %s where the table says', (policy) => {
    const given = { id: 'c', plan, digest: 'd1', policy, createdBy: 'creator' };
    expect(createCampaign(given, now)).toMatchObject({
      status: created[policy],
      approvals: [],
      editedBy: 'creator',
      editedAt: now,
    });
  });
});
