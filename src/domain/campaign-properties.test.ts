import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import {
  approvalPolicies,
  type Campaign,
  type CampaignCommand,
  type CampaignEvent,
  type CampaignStatus,
  campaignStatuses,
  createCampaign,
  decide,
  evolve,
  evolveAll,
  isFinal,
  isUnderWay,
} from './campaign.ts';
import { allowedActions, type CampaignAction } from './campaign-actions.ts';
import { contentOf, defaultPlan, type Plan } from './plan.ts';
import { type Rollout, wavesOf } from './rollout.ts';
import type { StopAction } from './stop-rule.ts';

const many = { numRuns: 1_000 };
const people = ['ann', 'bob', 'cid', 'dot'] as const;

const inWaves = (soak: number): Rollout => ({
  by: 'waves',
  waves: [5, 20].map((percent) => ({
    name: '',
    size: { by: 'percent', percent },
    success: 90,
    soak,
    manual: false,
  })),
});
const rules = (action: StopAction): Plan['stopRules'] => [
  {
    ...{ signal: 'any', minimum: 1, rollBackTo: null },
    scope: { by: 'wave' },
    threshold: { count: 1 },
    action,
  },
];

const plans: readonly Plan[] = [
  { ...defaultPlan, name: 'spring', packages: ['p1'] },
  { ...defaultPlan, name: 'summer', packages: ['p1'] },
  { ...defaultPlan, name: 'spring', packages: ['p1', 'p2'], endAt: 60 },
  { ...defaultPlan, name: 'spring', packages: [] },
  { ...defaultPlan, name: 'waves', packages: ['p1'], rollout: inWaves(0), stopRules: rules('pause') },
  { ...defaultPlan, name: 'waves', packages: ['p1'], rollout: inWaves(5), stopRules: rules('abort') },
];

const person = fc.constantFrom(...people);
const plan = fc.constantFrom(...plans);
const digest = plan.map(contentOf);
const because = fc.constantFrom('end-date' as const, 'complete' as const, 'operator' as const);

const scope = fc.constantFrom('wave/0', 'attributes.site/north');

const command: fc.Arbitrary<CampaignCommand> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(plan, person).map(([to, by]) => editTo(to, by)) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('approve' as const), by: person, digest }),
  },
  fc.record({ type: fc.constant('reject' as const), by: person, comment: fc.constant('no') }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('schedule' as const), startAt: fc.nat(80) }) },
  { weight: 3, arbitrary: fc.constant<CampaignCommand>({ type: 'start' }) },
  { weight: 2, arbitrary: fc.constantFrom<CampaignCommand>({ type: 'pause' }, { type: 'resume' }) },
  fc.constantFrom<CampaignCommand>({ type: 'stop' }, { type: 'cancel' }, { type: 'delete' }),
  fc.record({ type: fc.constant('end' as const), because }),
  fc.constant<CampaignCommand>({ type: 'fail', because: 'no disk' }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('meet-wave' as const), wave: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('open-wave' as const),
      wave: fc.nat(3),
      by: fc.constantFrom('clock' as const, 'operator' as const),
    }),
  },
  fc.record({ type: fc.constant('size-waves' as const), sizes: fc.array(fc.nat(9), { maxLength: 2 }) }),
  fc.record({ type: fc.constantFrom('hold' as const, 'release' as const), scope }),
  fc
    .record({ closed: fc.nat(20), scope })
    .map((given): CampaignCommand => ({ type: 'trip', rule: 0, hits: 1, ...given })),
);

const editTo = (to: Plan, by: string): CampaignCommand => ({
  type: 'edit',
  plan: to,
  digest: contentOf(to),
  by,
});

const beginning = fc
  .record({ plan, policy: fc.constantFrom(...approvalPolicies), createdBy: person })
  .map((given) => createCampaign({ id: 'c', digest: contentOf(given.plan), ...given }, 0));

type Step = {
  readonly before: Campaign;
  readonly command: CampaignCommand;
  readonly now: number;
  readonly events: readonly CampaignEvent[];
  readonly after: Campaign;
};

/** What became of a campaign, one command a millisecond. */
const walk = (first: Campaign, commands: readonly CampaignCommand[]): Step[] => {
  let before = deepFreeze(first);
  return commands.map((given, index) => {
    const now = index + 1;
    const decision = decide(before, deepFreeze(given), now);
    const events = decision.ok ? deepFreeze(decision.value) : [];
    const step = { before, command: given, now, events, after: deepFreeze(evolveAll(before, events, now)) };
    before = step.after;
    return step;
  });
};

const walks = fc
  .tuple(beginning, fc.array(command, { maxLength: 25 }))
  .map(([first, commands]) => walk(first, commands));

const ownFields: Readonly<Record<CampaignStatus, readonly string[]>> = {
  draft: [],
  'awaiting-approval': [],
  approved: [],
  scheduled: ['startAt'],
  running: ['progress', 'startedAt'],
  paused: ['progress', 'startedAt'],
  stopped: ['progress', 'startedAt', 'stoppedAt'],
  ended: ['because', 'endedAt', 'startedAt'],
  cancelled: ['cancelledAt', 'startedAt'],
  rejected: ['comment', 'rejectedBy'],
  failed: ['because', 'startedAt'],
};
const sharedFields = 'approvals createdAt createdBy digest editedAt editedBy id plan policy status'.split(
  ' ',
);

const fieldsOf = (campaign: Campaign): string[] => Object.keys(campaign).sort();
const legalFields = (status: CampaignStatus): string[] => [...sharedFields, ...ownFields[status]].sort();

const needed = { none: 0, one: 1, another: 1, 'two-others': 2 } as const;
const hasTheGo: readonly CampaignStatus[] = ['approved', 'scheduled', 'running', 'paused', 'stopped'];

describe('any sequence of commands', () => {
  it('leaves a campaign with exactly the fields of its status, and a digest that fits its plan', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          expect(fieldsOf(after)).toEqual(legalFields(after.status));
          expect(after.digest).toBe(contentOf(after.plan));
        }
      }),
      many,
    );
  });

  it('lets no campaign past its approval without enough people, none of them an author, for this content', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        let authors: string[] = [];
        let approvers: string[] = [];
        for (const { before, command: given, events, after } of steps) {
          if (authors.length === 0) authors = [before.createdBy];
          if (events.length === 0) continue;
          if (given.type === 'edit' && given.digest !== before.digest) {
            authors = [before.createdBy, given.by];
            approvers = [];
          }
          if (given.type === 'approve') approvers.push(given.by);
          if (after.policy === 'none') continue;
          expect(after.approvals.map(({ by }) => by)).toEqual(approvers);
          expect(new Set(approvers).size).toBe(approvers.length);
          if (after.policy !== 'one') expect(approvers.filter((by) => authors.includes(by))).toEqual([]);
          if (hasTheGo.includes(after.status)) expect(approvers).toHaveLength(needed[after.policy]);
        }
      }),
      many,
    );
  });

  it('keeps something to send in a campaign under way, and a start ahead of the end in a scheduled one', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          if (isUnderWay(after.status)) expect(after.plan.packages).not.toEqual([]);
          if (after.status !== 'scheduled') continue;
          expect(after.startAt).toBeLessThan(after.plan.endAt ?? Number.POSITIVE_INFINITY);
        }
      }),
      many,
    );
  });

  it('opens waves one by one, each after the one before it was met and soaked, unless nobody approves', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, command: given, events, after, now } of steps) {
          if (!('progress' in after)) continue;
          expect(after.progress.wave).toBeLessThanOrEqual(wavesOf(after.plan.rollout).length);
          if (!('progress' in before) || given.type === 'edit') continue;
          const opened = events.some(({ type }) => type === 'campaign-wave-opened');
          expect(after.progress.wave).toBe(before.progress.wave + (opened ? 1 : 0));
          if (!opened || after.policy === 'none') continue;
          const soak = wavesOf(before.plan.rollout)[before.progress.wave]?.soak ?? 0;
          const metAt = given.type === 'meet-wave' ? now : before.progress.metAt;
          expect(metAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(now - soak);
        }
      }),
      many,
    );
  });

  it('holds each scope once and keeps one note for each rule and scope', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          if (!('progress' in after)) continue;
          const { held, tripped } = after.progress;
          expect(new Set(held).size).toBe(held.length);
          expect(new Set(tripped.map((one) => `${one.rule} ${one.scope}`)).size).toBe(tripped.length);
        }
      }),
      many,
    );
  });

  it('never changes a final campaign', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, after } of steps) if (isFinal(before.status)) expect(after).toEqual(before);
      }),
      many,
    );
  });

  it('changes nothing more when the last accepted command comes again', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { command: given, now, events, after } of steps) {
          if (events.length === 0 || given.type === 'delete') continue;
          expect(decide(after, given, now)).toEqual({ ok: true, value: [] });
        }
      }),
      many,
    );
  });

  it('is applied event by event as it is at once', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, now, events, after } of steps) {
          let state = before;
          for (const event of events) state = evolve(state, event, now);
          expect(state).toEqual(after);
        }
      }),
      many,
    );
  });

  it('offers exactly the actions that decide carries out', () => {
    fc.assert(
      fc.property(walks, person, (steps, by) => {
        for (const { after, now } of steps) {
          const rename = editTo({ ...after.plan, name: 'autumn' }, by);
          const asked: Readonly<Record<CampaignAction, CampaignCommand>> = {
            edit: rename,
            approve: { type: 'approve', by, digest: after.digest },
            reject: { type: 'reject', by, comment: 'no' },
            schedule: { type: 'schedule', startAt: now + 1 },
            start: { type: 'start' },
            pause: { type: 'pause' },
            resume: { type: 'resume' },
            stop: { type: 'stop' },
            cancel: { type: 'cancel' },
            end: { type: 'end', because: 'operator' },
            'open-wave': {
              type: 'open-wave',
              wave: 'progress' in after ? after.progress.wave + 1 : 1,
              by: 'operator',
            },
            delete: { type: 'delete' },
          };
          const carriedOut = Object.entries(asked).filter(([, given]) => {
            const decision = decide(after, given, now);
            return decision.ok && decision.value.length > 0;
          });
          expect(allowedActions(after, by, now)).toEqual(carriedOut.map(([action]) => action));
        }
      }),
      many,
    );
  });
});

describe('evolve', () => {
  const event: fc.Arbitrary<CampaignEvent> = fc.oneof(
    fc.record({
      type: fc.constant('campaign-edited' as const),
      plan,
      digest,
      by: person,
      approvalLapsed: fc.boolean(),
    }),
    fc.record({ type: fc.constant('campaign-approval-given' as const), by: person }),
    fc.record({ type: fc.constant('campaign-rejected' as const), by: person, comment: fc.string() }),
    fc.record({ type: fc.constant('campaign-scheduled' as const), startAt: fc.nat() }),
    fc.record({ type: fc.constant('campaign-ended' as const), because }),
    fc.record({ type: fc.constant('campaign-failed' as const), because: fc.string() }),
    fc.constantFrom<CampaignEvent>(
      { type: 'campaign-approved' },
      { type: 'campaign-started' },
      { type: 'campaign-paused' },
      { type: 'campaign-resumed' },
      { type: 'campaign-stopped' },
      { type: 'campaign-cancelled' },
      { type: 'campaign-deleted' },
    ),
  );

  it('is total and pure: any events in any order give a campaign and leave the old one alone', () => {
    fc.assert(
      fc.property(beginning, fc.array(event, { maxLength: 12 }), (first, events) => {
        let state = deepFreeze(first);
        for (const [now, one] of events.entries()) {
          const once = evolve(state, deepFreeze(one), now);
          expect(evolve(state, one, now)).toEqual(once);
          expect(campaignStatuses).toContain(once.status);
          expect(fieldsOf(once)).toEqual(legalFields(once.status));
          state = deepFreeze(once);
        }
      }),
      many,
    );
  });
});
