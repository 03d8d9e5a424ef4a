import type { PlanPatch } from '../../app/campaigns.ts';
import type { Permission } from '../../app/permissions.ts';
import type { Counts } from '../../app/ports.ts';
import type { StoredCampaign } from '../../app/records.ts';
import type { Principal } from '../../app/sign-in.ts';
import {
  allowedActions,
  type CampaignAction,
  type Campaign as DomainCampaign,
} from '../../domain/campaign.ts';
import type { Timing, Window } from '../../domain/plan.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import type {
  Campaign,
  CampaignPatch,
  CampaignPlan,
  Counts as ShownCounts,
} from '../../wire/muster/campaigns.ts';
import { fromMaybeInstant, toInstant, toMaybeInstant } from './map.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const toHour = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const fromHour = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

type ShownTiming = CampaignPlan['download'];

const toWindow = (window: Window): ShownTiming['windows'][number] => ({
  days: window.days.map((day) => days[day - 1] ?? 'mon'),
  from: toHour(window.from),
  to: toHour(window.to),
  zone: window.zone,
});

const toTiming = ({ notBefore, windows }: Timing): ShownTiming => ({
  notBefore: toMaybeInstant(notBefore),
  windows: windows.map(toWindow),
});

const fromTiming = ({ notBefore, windows }: ShownTiming): Timing => ({
  notBefore: fromMaybeInstant(notBefore),
  windows: windows.map((window) => ({
    days: window.days.map((day) => days.indexOf(day) + 1),
    from: fromHour(window.from),
    to: fromHour(window.to),
    zone: window.zone,
  })),
});

const toSeconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.round(milliseconds / SECOND);
const fromSeconds = (seconds: number | null): number | null => (seconds === null ? null : seconds * SECOND);

/** Present fields in the domain's words; absent ones stay absent. */
export const fromPlan = (body: CampaignPatch): PlanPatch => {
  const { endAt, download, install, retry, timeouts, target, ...same } = body;
  return {
    ...same,
    ...(target && { target: fromTarget(target) }),
    ...(endAt !== undefined && { endAt: fromMaybeInstant(endAt) }),
    ...(download && { download: fromTiming(download) }),
    ...(install && { install: fromTiming(install) }),
    ...(retry && { retry: { attempts: retry.attempts, backOff: retry.backOffSeconds * SECOND } }),
    ...(timeouts && {
      timeouts: {
        download: fromSeconds(timeouts.downloadSeconds),
        execution: fromSeconds(timeouts.executionSeconds),
        activation: fromSeconds(timeouts.activationSeconds),
      },
    }),
  };
};

const fromTarget = (target: NonNullable<CampaignPatch['target']>): NonNullable<PlanPatch['target']> =>
  'expression' in target
    ? { by: 'query', expression: target.expression, reevaluateSeconds: target.reevaluateSeconds }
    : { by: 'hand' };

const toPlan = ({ plan }: DomainCampaign): CampaignPlan => ({
  name: plan.name,
  description: plan.description,
  packages: [...plan.packages],
  target: plan.target,
  endAt: toMaybeInstant(plan.endAt),
  download: toTiming(plan.download),
  install: toTiming(plan.install),
  checkpoints: [...plan.checkpoints],
  concurrency: plan.concurrency,
  retry: { attempts: plan.retry.attempts, backOffSeconds: plan.retry.backOff / SECOND },
  timeouts: {
    downloadSeconds: toSeconds(plan.timeouts.download),
    executionSeconds: toSeconds(plan.timeouts.execution),
    activationSeconds: toSeconds(plan.timeouts.activation),
  },
  endWhenComplete: plan.endWhenComplete,
  settings: plan.settings,
});

/** The instants and the reason that only some statuses have. */
const toMoments = (campaign: DomainCampaign) => ({
  startAt: campaign.status === 'scheduled' ? toInstant(campaign.startAt) : null,
  startedAt: 'startedAt' in campaign ? toInstant(campaign.startedAt) : null,
  stoppedAt: campaign.status === 'stopped' ? toInstant(campaign.stoppedAt) : null,
  endedAt:
    campaign.status === 'ended'
      ? toInstant(campaign.endedAt)
      : campaign.status === 'cancelled'
        ? toInstant(campaign.cancelledAt)
        : null,
  because:
    'because' in campaign ? campaign.because : campaign.status === 'rejected' ? campaign.comment : null,
});

const needed: Readonly<Record<CampaignAction, Permission>> = {
  edit: 'Edit Campaign',
  approve: 'Approve Campaign',
  reject: 'Approve Campaign',
  schedule: 'Schedule Campaign',
  start: 'Start Campaign',
  pause: 'Stop Campaign',
  resume: 'Start Campaign',
  stop: 'Stop Campaign',
  cancel: 'Stop Campaign',
  end: 'Stop Campaign',
  delete: 'Delete Campaign',
};

/** A campaign as this caller sees it: with the actions that its state and their permissions allow. */
export const toCampaign =
  (caller: Principal, now: Instant) =>
  (campaign: StoredCampaign): Campaign => ({
    id: campaign.id,
    status: campaign.status,
    ...toPlan(campaign),
    approvalPolicy: campaign.policy,
    approvals: campaign.approvals.map(({ by, at }) => ({ by, at: toInstant(at) })),
    ...toMoments(campaign),
    allowedActions: allowedActions(
      campaign,
      caller.actor.kind === 'server' ? 'server' : caller.actor.id,
      now,
    ).filter((action) => caller.permissions.has(needed[action])),
    createdBy: campaign.createdBy,
    createdAt: toInstant(campaign.createdAt),
    editedBy: campaign.editedBy,
    editedAt: toInstant(campaign.editedAt),
    revision: campaign.version,
  });

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

export const toCounts = ({ open, closed }: Counts): ShownCounts => ({
  total: sum(open) + sum(closed),
  open,
  closed,
});
