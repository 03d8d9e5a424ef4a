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
import { defaultPlan } from './plan.ts';

const now = 1_000;
const startAt = 2_000;
const plan = { ...defaultPlan, name: 'spring', packages: ['p1'], endAt: 3_000 };

const draft = createCampaign({ id: 'c', plan, digest: 'd1', policy: 'none', createdBy: 'creator' }, 10);

const variants: Readonly<Record<CampaignStatus, Campaign>> = {
  draft: { ...draft, status: 'draft' },
  'awaiting-approval': { ...draft, status: 'awaiting-approval' },
  approved: { ...draft, status: 'approved' },
  scheduled: { ...draft, status: 'scheduled', startAt },
  running: { ...draft, status: 'running', startedAt: 500 },
  paused: { ...draft, status: 'paused', startedAt: 500 },
  stopped: { ...draft, status: 'stopped', startedAt: 500, stoppedAt: 600 },
  ended: { ...draft, status: 'ended', endedAt: 700, because: 'operator' },
  cancelled: { ...draft, status: 'cancelled', cancelledAt: 700 },
  rejected: { ...draft, status: 'rejected', rejectedBy: 'boss', comment: 'no' },
  failed: { ...draft, status: 'failed', because: 'the disk is full' },
};

type Case = { readonly given: Partial<Campaign>; readonly when: CampaignCommand };
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
};

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
    const campaign = { ...variants[pair.status], ...given } as Campaign;
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
