import type { Caller } from '../../app/caller.ts';
import {
  type CampaignRequest,
  commandCampaign,
  countCampaigns,
  countUpdates,
  createCampaign,
  deleteCampaign,
  editCampaign,
  getCampaign,
  sliceCampaigns,
} from '../../app/campaigns.ts';
import { listHistory } from '../../app/history.ts';
import type { CampaignFilter, Slice } from '../../app/lists.ts';
import type { StoredCampaign } from '../../app/records.ts';
import { campaignStatuses, isFinal } from '../../domain/campaign.ts';
import { defaultPlan } from '../../domain/plan.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { campaignRoutes } from '../../wire/pulse/campaigns.ts';
import type { Handlers } from './call.ts';
import { filterOf } from './campaign-filter.ts';
import { fromSpec, toCampaign, toListed, toStatus } from './campaign-map.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';

const newest = { after: 0, limit: 1 } as const;

/** When something last happened to a campaign: a change of it, of its status, or of who is in it. */
const changedAt = async (
  deps: PulseDeps,
  caller: Caller,
  { id, editedAt }: StoredCampaign,
): Promise<Instant> => {
  const history = await listHistory(deps, caller, { campaign: id }, newest);
  const last = history.ok ? history.value.items[0] : undefined;
  return Math.max(editedAt, last?.at ?? 0);
};

const scheduledWithApproval: CampaignFilter = {
  ...{ statuses: ['scheduled'], scheduledUnder: 'approval' },
  ...{ ids: [], text: '', description: '', packageIds: [], createdFrom: 0 },
};
const countOnly: Slice = { skip: 0, limit: 1, by: 'created', descending: false };

const sum = (...counts: readonly number[]): string => `${counts.reduce((total, count) => total + count, 0)}`;

const countByStatus = async (deps: PulseDeps, caller: Caller) => {
  const counts = await countCampaigns(deps, caller);
  const { total } = await sliceCampaigns(deps, caller, scheduledWithApproval, countOnly);
  const approved = sum(counts.approved, total);
  return {
    aprovedNotStartedCount: approved,
    approvedNotStartedCount: approved,
    startedCount: sum(counts.running, counts.paused),
    stoppedCount: sum(counts.stopped, counts.ended, counts.cancelled, counts.rejected, counts.failed),
    waitingApprovalCount: sum(counts['awaiting-approval']),
    noApprovalNeededReadyToStartCount: sum(counts.draft, Math.max(0, counts.scheduled - total)),
  };
};

const toSort = ({ by, descending }: Slice): string =>
  `${by === 'name' ? 'name' : 'creationTime'},${descending ? 'desc' : 'asc'}`;

/** This wire has one word for all that no longer run: to stop them once more changes nothing. */
const unlessOver = (result: Result<StoredCampaign, Refusal>) =>
  !result.ok && result.refusal.code === 'campaign/wrong-state' && isOver(result.refusal.status)
    ? ok({})
    : emptied(result);

const toUuid = ({ id }: StoredCampaign) => ({ uuid: id });

const isOver = (word: string): boolean =>
  campaignStatuses.some((status) => status === word && isFinal(status));

export const campaignHandlers = (deps: PulseDeps): Handlers<typeof campaignRoutes> => {
  const act = async (caller: Caller, id: string, request: CampaignRequest) => {
    const result = await commandCampaign(deps, caller, id, request);
    deps.wake();
    return result;
  };
  const idOf = (params: Readonly<Record<string, string>>): string => params['campaignId'] ?? '';

  return {
    createCampaign: async ({ caller, body }) => {
      // Without settings it has those of this wire, which are not those of a plan.
      const plan = fromSpec({ campaignSettings: {}, ...body }, defaultPlan);
      return plan.ok ? mapped(await createCampaign(deps, caller, plan.value), toUuid) : plan;
    },
    editCampaign: async ({ caller, params, body }) => {
      const found = await getCampaign(deps, caller, idOf(params));
      if (!found.ok) return found;
      const patch = fromSpec(body.updateSpec ?? body, found.value.plan);
      if (!patch.ok) return patch;
      return mapped(await editCampaign(deps, caller, idOf(params), patch.value), toUuid);
    },
    deleteCampaign: async ({ caller, params }) => emptied(await deleteCampaign(deps, caller, idOf(params))),
    getCampaign: async ({ caller, params }) => {
      const found = await getCampaign(deps, caller, idOf(params));
      return found.ok ? ok(toCampaign(found.value, await changedAt(deps, caller, found.value))) : found;
    },
    listCampaigns: async ({ caller, query }) => {
      const paging = pagingOf(query, deps.settings.firstPage);
      const filter = await filterOf(deps, caller, query);
      if (!filter.ok) return filter;
      const { items, total } =
        filter.value === undefined
          ? { items: [], total: 0 }
          : await sliceCampaigns(deps, caller, filter.value, paging.slice);
      return ok({
        campaigns: items.map(toListed),
        page: { number: paging.page, size: paging.size, sort: toSort(paging.slice) },
        pageResponse: toPageResponse(paging, total),
      });
    },
    startCampaign: async ({ caller, params }) => {
      const found = await getCampaign(deps, caller, idOf(params));
      if (!found.ok) return found;
      // What is paused is STARTED here; whoever starts it wants it to go on.
      const type = found.value.status === 'paused' ? 'resume' : 'start';
      return emptied(await act(caller, idOf(params), { type }));
    },
    stopCampaign: async ({ caller, params }) => unlessOver(await act(caller, idOf(params), { type: 'stop' })),
    approveCampaign: async ({ caller, params }) =>
      emptied(await act(caller, idOf(params), { type: 'approve' })),
    rejectCampaign: async ({ caller, params, body }) =>
      emptied(await act(caller, idOf(params), { type: 'reject', comment: body.comment ?? '' })),
    getCampaignStatus: async ({ caller, params }) => {
      const found = await getCampaign(deps, caller, idOf(params));
      if (!found.ok) return found;
      const counts = await countUpdates(deps, caller, found.value.id);
      if (!counts.ok) return counts;
      return ok(toStatus(found.value, counts.value, await changedAt(deps, caller, found.value)));
    },
    countCampaigns: async ({ caller }) => ok(await countByStatus(deps, caller)),
  };
};
