import type { Plan } from './plan.ts';
import {
  decideProgress,
  evolveProgress,
  type ProgressCommand,
  type ProgressEvent,
  replanned,
  soakEnd,
} from './progress.ts';
import type { Refusal } from './refusal.ts';
import { ok, type Result, refused, unreachable } from './result.ts';
import { newProgress, type Progress } from './rollout.ts';
import type { Instant } from './time.ts';

/** The order is what the store keeps. Append only. */
export const campaignStatuses = [
  'draft',
  'awaiting-approval',
  'approved',
  'scheduled',
  'running',
  'paused',
  'stopped',
  'ended',
  'cancelled',
  'rejected',
  'failed',
] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

/**
 * Whose go a campaign needs before it may start: nobody's, that of one person who may be its author,
 * that of one other person, or that of two others. Taken from the account when the campaign is created.
 */
export const approvalPolicies = ['none', 'one', 'another', 'two-others'] as const;
export type ApprovalPolicy = (typeof approvalPolicies)[number];

export type Approval = { readonly by: string; readonly at: Instant };

type Common = {
  readonly id: string;
  readonly plan: Plan;
  /** Digest of the plan's content: what approvals are bound to. */
  readonly digest: string;
  readonly policy: ApprovalPolicy;
  readonly approvals: readonly Approval[];
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Who last changed what approvals are bound to: like the creator, an author. A new name makes no author. */
  readonly editedBy: string;
  readonly editedAt: Instant;
};

/** A plan to bring packages to devices, and how far it has come. */
export type Campaign = Common &
  (
    | { readonly status: 'draft' | 'awaiting-approval' | 'approved' }
    | { readonly status: 'scheduled'; readonly startAt: Instant }
    | { readonly status: 'running' | 'paused'; readonly startedAt: Instant; readonly progress: Progress }
    | {
        readonly status: 'stopped';
        readonly startedAt: Instant;
        readonly stoppedAt: Instant;
        readonly progress: Progress;
      }
    | {
        readonly status: 'ended';
        readonly startedAt: Instant;
        readonly endedAt: Instant;
        readonly because: EndReason;
      }
    | { readonly status: 'cancelled'; readonly startedAt: Instant | null; readonly cancelledAt: Instant }
    | { readonly status: 'rejected'; readonly rejectedBy: string; readonly comment: string }
    | { readonly status: 'failed'; readonly startedAt: Instant | null; readonly because: string }
  );

export type EndReason = 'end-date' | 'complete' | 'operator';

export type CampaignCommand =
  | { readonly type: 'edit'; readonly plan: Plan; readonly digest: string; readonly by: string }
  | { readonly type: 'approve'; readonly by: string; readonly digest: string }
  | { readonly type: 'reject'; readonly by: string; readonly comment: string }
  | { readonly type: 'schedule'; readonly startAt: Instant }
  /** `ownPackages`: a device in it has packages of its own, so that the plan needs none. */
  | { readonly type: 'start'; readonly ownPackages?: boolean }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'cancel' }
  | { readonly type: 'end'; readonly because: EndReason }
  | { readonly type: 'fail'; readonly because: string }
  | { readonly type: 'delete' }
  | ProgressCommand;

export type CampaignEvent =
  | {
      readonly type: 'campaign-edited';
      readonly plan: Plan;
      readonly digest: string;
      readonly by: string;
      readonly approvalLapsed: boolean;
    }
  | { readonly type: 'campaign-approval-given'; readonly by: string }
  | { readonly type: 'campaign-approved' }
  | { readonly type: 'campaign-rejected'; readonly by: string; readonly comment: string }
  | { readonly type: 'campaign-scheduled'; readonly startAt: Instant }
  | { readonly type: 'campaign-started' }
  | { readonly type: 'campaign-paused' }
  | { readonly type: 'campaign-resumed' }
  | { readonly type: 'campaign-stopped' }
  | { readonly type: 'campaign-cancelled' }
  | { readonly type: 'campaign-ended'; readonly because: EndReason }
  | { readonly type: 'campaign-failed'; readonly because: string }
  | { readonly type: 'campaign-deleted' }
  | ProgressEvent;

type Decision = Result<readonly CampaignEvent[], Refusal>;

const nothing: Decision = ok([]);
const only = (event: CampaignEvent): Decision => ok([event]);

/** A new campaign: a draft, or waiting for the approvals that its account asks for. */
export const createCampaign = (
  given: Pick<Common, 'id' | 'plan' | 'digest' | 'policy' | 'createdBy'>,
  now: Instant,
): Campaign => ({
  ...given,
  status: given.policy === 'none' ? 'draft' : 'awaiting-approval',
  approvals: [],
  createdAt: now,
  editedBy: given.createdBy,
  editedAt: now,
});

/** When it was started; `null` for one that was not. */
export const startOf = (campaign: Campaign): Instant | null =>
  'startedAt' in campaign ? campaign.startedAt : null;

/** Nothing more can happen to it. */
export const isFinal = (status: CampaignStatus): boolean =>
  status === 'ended' || status === 'cancelled' || status === 'rejected' || status === 'failed';

/** Devices are in it or may come into it: it cannot be deleted, and its packages are in use. */
export const isUnderWay = (status: CampaignStatus): boolean =>
  status === 'running' || status === 'paused' || status === 'scheduled';

const approvalsNeeded = (policy: ApprovalPolicy): number =>
  policy === 'none' ? 0 : policy === 'two-others' ? 2 : 1;

/** What a command makes of a campaign. Asking for the state it is in changes nothing and is no error. */
export const decide = (campaign: Campaign, command: CampaignCommand, now: Instant): Decision => {
  const { status } = campaign;
  const no = refused<Refusal>({ code: 'campaign/wrong-state', action: command.type, status });
  switch (command.type) {
    case 'edit':
      return edit(campaign, command);
    case 'approve':
      return approve(campaign, command);
    case 'reject':
      if (status === 'rejected') return nothing;
      if (status !== 'awaiting-approval') return no;
      return only({ type: 'campaign-rejected', by: command.by, comment: command.comment });
    case 'schedule':
      return schedule(campaign, command.startAt, now);
    case 'start':
      return start(campaign, command);
    case 'pause':
      if (status === 'paused') return nothing;
      return status === 'running' ? only({ type: 'campaign-paused' }) : no;
    case 'resume':
      if (status === 'running') return nothing;
      return status === 'paused' ? only({ type: 'campaign-resumed' }) : no;
    case 'stop':
      if (status === 'stopped') return nothing;
      return status === 'running' || status === 'paused' ? only({ type: 'campaign-stopped' }) : no;
    case 'cancel':
      if (status === 'cancelled') return nothing;
      return isFinal(status) ? no : only({ type: 'campaign-cancelled' });
    case 'end':
      if (status === 'ended') return nothing;
      return wasStarted(status) ? only({ type: 'campaign-ended', because: command.because }) : no;
    case 'fail':
      if (status === 'failed') return nothing;
      return isFinal(status) ? no : only({ type: 'campaign-failed', because: command.because });
    case 'delete':
      return isUnderWay(status) ? no : only({ type: 'campaign-deleted' });
    case 'size-waves':
    case 'meet-wave':
    case 'open-wave':
    case 'trip':
    case 'hold':
    case 'release':
      return decideProgress(campaign, command, now);
    default:
      return unreachable(command);
  }
};

const wasStarted = (status: CampaignStatus): boolean =>
  status === 'running' || status === 'paused' || status === 'stopped';

const edit = (campaign: Campaign, command: Extract<CampaignCommand, { type: 'edit' }>): Decision => {
  const { status } = campaign;
  if (isFinal(status)) return refused({ code: 'campaign/wrong-state', action: 'edit', status });
  const contentChanged = command.digest !== campaign.digest;
  if (!contentChanged && JSON.stringify(command.plan) === JSON.stringify(campaign.plan)) return nothing;
  const approvalLapsed = contentChanged && campaign.policy !== 'none';
  if (approvalLapsed && (status === 'running' || status === 'paused')) {
    return refused({ code: 'campaign/not-editable', field: 'plan', status });
  }
  const { plan, digest, by } = command;
  const problem = approvalLapsed ? undefined : underWayProblem(campaign, plan);
  if (problem !== undefined) return refused(problem);
  return only({ type: 'campaign-edited', plan, digest, by, approvalLapsed });
};

/** A campaign that stays under way keeps what let it be scheduled or started. */
const underWayProblem = (campaign: Campaign, { packages, endAt }: Plan): Refusal | undefined => {
  const losesAll = packages.length === 0 && campaign.plan.packages.length > 0;
  if (isUnderWay(campaign.status) && losesAll) return { code: 'campaign/nothing-to-send' };
  if (campaign.status !== 'scheduled' || endAt === null || endAt > campaign.startAt) return undefined;
  return { code: 'invalid', field: 'endAt', expected: 'an instant after startAt', got: `${endAt}` };
};

const approve = (campaign: Campaign, command: Extract<CampaignCommand, { type: 'approve' }>): Decision => {
  const { status, policy, approvals } = campaign;
  if (status === 'approved') return nothing;
  if (status !== 'awaiting-approval') {
    return refused({ code: 'campaign/wrong-state', action: 'approve', status });
  }
  if (command.digest !== campaign.digest) {
    return refused({ code: 'changed-meanwhile', entity: 'campaign', id: campaign.id });
  }
  if (approvals.some(({ by }) => by === command.by)) return nothing;
  const isAuthor = command.by === campaign.createdBy || command.by === campaign.editedBy;
  if (isAuthor && policy !== 'one') return refused({ code: 'campaign/own-approval' });
  const given: CampaignEvent = { type: 'campaign-approval-given', by: command.by };
  const enough = approvals.length + 1 >= approvalsNeeded(policy);
  return ok(enough ? [given, { type: 'campaign-approved' }] : [given]);
};

const isStartable = (status: CampaignStatus): boolean =>
  status === 'draft' || status === 'approved' || status === 'scheduled' || status === 'stopped';

const schedule = (campaign: Campaign, startAt: Instant, now: Instant): Decision => {
  const { status, plan } = campaign;
  if (status === 'scheduled' && campaign.startAt === startAt) return nothing;
  if (!isStartable(status) || status === 'stopped') {
    return refused({ code: 'campaign/wrong-state', action: 'schedule', status });
  }
  if (startAt <= now) {
    return refused({ code: 'invalid', field: 'startAt', expected: 'an instant ahead', got: `${startAt}` });
  }
  if (plan.endAt !== null && startAt >= plan.endAt) {
    return refused({
      code: 'invalid',
      field: 'startAt',
      expected: 'an instant before endAt',
      got: `${startAt}`,
    });
  }
  if (plan.packages.length === 0) return refused({ code: 'campaign/nothing-to-send' });
  return only({ type: 'campaign-scheduled', startAt });
};

const start = (
  { status, plan }: Campaign,
  { ownPackages = false }: Extract<CampaignCommand, { type: 'start' }>,
): Decision => {
  if (status === 'running') return nothing;
  if (!isStartable(status)) return refused({ code: 'campaign/wrong-state', action: 'start', status });
  if (plan.packages.length === 0 && !ownPackages) return refused({ code: 'campaign/nothing-to-send' });
  return only({ type: 'campaign-started' });
};

const commonOf = ({
  id,
  plan,
  digest,
  policy,
  approvals,
  createdBy,
  createdAt,
  editedBy,
  editedAt,
}: Campaign): Common => ({ id, plan, digest, policy, approvals, createdBy, createdAt, editedBy, editedAt });

/** What a campaign keeps from its first start on, until an edit needs another approval. */
const underWay = (campaign: Campaign, now: Instant): { startedAt: Instant; progress: Progress } =>
  'progress' in campaign
    ? { startedAt: campaign.startedAt, progress: campaign.progress }
    : { startedAt: now, progress: newProgress(now) };

/** The campaign after an event that `decide` gave. */
export const evolve = (campaign: Campaign, event: CampaignEvent, now: Instant): Campaign => {
  const common = commonOf(campaign);
  switch (event.type) {
    case 'campaign-edited':
      return edited(campaign, event, now);
    case 'campaign-approval-given':
      return { ...campaign, approvals: [...campaign.approvals, { by: event.by, at: now }] };
    case 'campaign-approved':
      return { ...common, status: 'approved' };
    case 'campaign-rejected':
      return { ...common, status: 'rejected', rejectedBy: event.by, comment: event.comment };
    case 'campaign-scheduled':
      return { ...common, status: 'scheduled', startAt: event.startAt };
    case 'campaign-started':
    case 'campaign-resumed':
      return { ...common, status: 'running', ...underWay(campaign, now) };
    case 'campaign-paused':
      return { ...common, status: 'paused', ...underWay(campaign, now) };
    case 'campaign-stopped':
      return { ...common, status: 'stopped', ...underWay(campaign, now), stoppedAt: now };
    case 'campaign-cancelled':
      return { ...common, status: 'cancelled', startedAt: startOf(campaign), cancelledAt: now };
    case 'campaign-ended':
      return {
        ...{ ...common, status: 'ended', because: event.because },
        // Only what was started ends.
        ...{ startedAt: startOf(campaign) ?? now, endedAt: now },
      };
    case 'campaign-failed':
      return { ...common, status: 'failed', startedAt: startOf(campaign), because: event.because };
    case 'campaign-deleted':
      return campaign;
    case 'campaign-waves-sized':
    case 'campaign-wave-met':
    case 'campaign-wave-opened':
    case 'campaign-rule-tripped':
    case 'campaign-scope-held':
    case 'campaign-scope-released':
      if (!('progress' in campaign)) return campaign;
      return { ...campaign, progress: evolveProgress(campaign.progress, event, now) };
    default:
      return unreachable(event);
  }
};

const edited = (
  campaign: Campaign,
  { plan, digest, by, approvalLapsed }: Extract<CampaignEvent, { type: 'campaign-edited' }>,
  now: Instant,
): Campaign => {
  const author = digest === campaign.digest ? {} : { editedBy: by, editedAt: now };
  const changed = { plan, digest, ...author };
  if (!approvalLapsed && 'progress' in campaign) {
    return { ...campaign, ...changed, progress: replanned(campaign.progress, campaign.plan, plan) };
  }
  if (!approvalLapsed) return { ...campaign, ...changed };
  return { ...commonOf(campaign), ...changed, approvals: [], status: 'awaiting-approval' };
};

/** All events of a decision applied in turn. */
export const evolveAll = (campaign: Campaign, events: readonly CampaignEvent[], now: Instant): Campaign =>
  events.reduce((state, event) => evolve(state, event, now), campaign);

/** When the clock alone moves the campaign on: its start, the end of a soak, its end; `null` when nothing is ahead. */
export const dueAt = (campaign: Campaign): Instant | null => {
  if (campaign.status === 'scheduled') return campaign.startAt;
  if (!wasStarted(campaign.status)) return null;
  const { endAt } = campaign.plan;
  const soaked = campaign.status === 'running' ? soakEnd(campaign.plan, campaign.progress) : null;
  return soaked === null || endAt === null ? (soaked ?? endAt) : Math.min(soaked, endAt);
};
