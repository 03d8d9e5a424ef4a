import type { Counts } from '../../app/lists.ts';
import type { Permission } from '../../app/permissions.ts';
import type { StoredCampaign } from '../../app/records.ts';
import type { Principal } from '../../app/sign-in.ts';
import { type Campaign as DomainCampaign, startOf } from '../../domain/campaign.ts';
import { allowedActions, type CampaignAction } from '../../domain/campaign-actions.ts';
import type { Instant } from '../../domain/time.ts';
import type { Campaign, Counts as ShownCounts } from '../../wire/muster/campaigns.ts';
import { toInstant, toMaybeInstant } from './map.ts';
import { toPlan } from './plan-map.ts';

/** The instants and the reason that only some statuses have. */
const toMoments = (campaign: DomainCampaign) => ({
  startAt: campaign.status === 'scheduled' ? toInstant(campaign.startAt) : null,
  startedAt: toMaybeInstant(startOf(campaign)),
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
  'open-wave': 'Start Campaign',
  delete: 'Delete Campaign',
};

/** A campaign as this caller sees it: with the actions that its state and their permissions allow. */
export const toCampaign =
  (caller: Principal, now: Instant) =>
  (campaign: StoredCampaign): Campaign => ({
    id: campaign.id,
    status: campaign.status,
    ...toPlan(campaign.plan),
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
