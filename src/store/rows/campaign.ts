import type { Job, StoredJob } from '../../app/job-records.ts';
import type { StoredCampaign } from '../../app/records.ts';
import {
  approvalPolicies,
  type Campaign,
  type CampaignStatus,
  campaignStatuses,
  dueAt,
} from '../../domain/campaign.ts';
import type { Plan } from '../../domain/plan.ts';
import { MisfitError } from '../engine.ts';
import type { CampaignRow, JobRow } from '../tables.ts';
import { asKey, flag, folded, indexOf, parse, wordAt } from './codec.ts';

/** What each variant has beside what all have; the compiler sees to it that none is forgotten. */
const ownFields = {
  draft: [],
  'awaiting-approval': [],
  approved: [],
  scheduled: ['startAt'],
  running: ['startedAt', 'progress'],
  paused: ['startedAt', 'progress'],
  stopped: ['startedAt', 'stoppedAt', 'progress'],
  ended: ['startedAt', 'endedAt', 'because'],
  cancelled: ['startedAt', 'cancelledAt'],
  rejected: ['rejectedBy', 'comment'],
  failed: ['startedAt', 'because'],
} as const satisfies Record<CampaignStatus, readonly string[]>;

const commonFields = [
  'id',
  'digest',
  'policy',
  'approvals',
  'createdBy',
  'createdAt',
  'editedBy',
  'editedAt',
] as const;

const stateOf = (campaign: Campaign): object => {
  const fields: ReadonlySet<string> = new Set([...commonFields, ...ownFields[campaign.status]]);
  return Object.fromEntries(Object.entries(campaign).filter(([name]) => fields.has(name)));
};

/** Whether a device that begins to match its query comes into it. */
export const isTargeting = ({ status, plan }: Campaign): boolean =>
  (status === 'running' || status === 'paused') && plan.target.by === 'query';

export const toCampaignRow = (campaign: Campaign): Omit<CampaignRow, 'account' | 'key' | 'version'> => ({
  id: campaign.id,
  folded: folded(campaign.plan.name),
  description_folded: folded(campaign.plan.description),
  status: indexOf(campaignStatuses, campaign.status),
  policy: indexOf(approvalPolicies, campaign.policy),
  due_at: dueAt(campaign),
  priority: campaign.plan.priority,
  targeting: flag(isTargeting(campaign)),
  plan: JSON.stringify(campaign.plan),
  state: JSON.stringify(stateOf(campaign)),
  created_at: campaign.createdAt,
});

export const fromCampaignRow = (row: CampaignRow): StoredCampaign => {
  const status = wordAt(campaignStatuses, row.status);
  const state = parse<object>(row.state);
  const missing = [...commonFields, ...ownFields[status]].filter((name) => !(name in state));
  if (missing.length > 0) throw new MisfitError(`campaign ${row.id} is ${status} without ${missing}`);
  const campaign = { ...state, status, plan: parse<Plan>(row.plan) } as Campaign;
  return { ...campaign, key: asKey(row.key), version: row.version };
};

/** How many campaigns have which status. */
export const fromStatusRows = (
  rows: readonly { readonly status: number; readonly count: number }[],
): Readonly<Partial<Record<CampaignStatus, number>>> =>
  Object.fromEntries(rows.map(({ status, count }) => [wordAt(campaignStatuses, status), count]));

// The index is what the store keeps, and those from 2 on are over. Append only.
const jobStatuses = ['waiting', 'running', 'done', 'failed'] as const;

export const toJobRow = (job: Job): Omit<JobRow, 'account' | 'key' | 'version' | 'lease'> => ({
  id: job.id,
  campaign: job.campaign,
  campaign_id: job.campaignId,
  work: JSON.stringify(job.work),
  status: indexOf(jobStatuses, job.status),
  cursor: job.cursor,
  done: job.done,
  total: job.total,
  problem: job.problem,
  created_by: job.createdBy,
  created_at: job.createdAt,
  not_before: job.notBefore,
  finished_at: job.finishedAt,
});

export const fromJobRow = (row: JobRow): StoredJob => ({
  account: asKey(row.account),
  version: row.version,
  id: row.id,
  campaign: asKey(row.campaign),
  campaignId: row.campaign_id,
  work: parse<Job['work']>(row.work),
  status: wordAt(jobStatuses, row.status),
  cursor: row.cursor,
  done: row.done,
  total: row.total,
  problem: row.problem,
  createdBy: row.created_by,
  createdAt: row.created_at,
  notBefore: row.not_before,
  finishedAt: row.finished_at,
});
