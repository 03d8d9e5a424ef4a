import {
  type CampaignDeps,
  type CampaignRequest,
  commandCampaign,
  countUpdates,
  createCampaign,
  deleteCampaign,
  editCampaign,
  getCampaign,
  listCampaigns,
  listNewestCampaigns,
} from '../../app/campaigns.ts';
import { listAwaiting } from '../../app/campaigns-awaiting.ts';
import { unconfirmedStart } from '../../app/start-check.ts';
import { ok, refused } from '../../domain/result.ts';
import { campaignSchema } from '../../wire/muster/campaign-document.ts';
import type { campaignRoutes } from '../../wire/muster/campaigns.ts';
import type { Call, Handlers } from './call.ts';
import { toCampaign, toCounts } from './campaign-map.ts';
import { fromInstant, fromPaging, toPage } from './map.ts';
import { mapped } from './mapped.ts';
import { fromPlan } from './plan-map.ts';

type Deps = CampaignDeps & {
  /** Tells the background that there may be work. */
  readonly wake: () => void;
};

export const campaignHandlers = (deps: Deps): Handlers<typeof campaignRoutes> => {
  const act = async (
    {
      caller,
      params,
      expected,
    }: Pick<Call<(typeof campaignRoutes)['startCampaign']>, 'caller' | 'params' | 'expected'>,
    request: CampaignRequest,
  ) => {
    const result = await commandCampaign(deps, caller, params.campaign, request, expected);
    deps.wake();
    return mapped(result, toCampaign(caller, deps.clock()));
  };

  return {
    listCampaigns: async ({ caller, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      const filter = {
        text: query.text ?? '',
        description: '',
        ids: [],
        statuses: query.status ?? (query.waits === undefined ? [] : (['awaiting-approval'] as const)),
        packageIds: query.package ? [query.package] : [],
        createdFrom: 0,
      };
      const list = query.order === 'newest' ? listNewestCampaigns : listCampaigns;
      const found =
        query.waits === undefined
          ? await list(deps, caller, filter, page.value)
          : await listAwaiting(deps, caller, (next) => list(deps, caller, filter, next), page.value);
      return ok(toPage(found, toCampaign(caller, deps.clock())));
    },
    getCampaignSchema: async () => ok(campaignSchema),
    createCampaign: async ({ caller, body, repeatable }) =>
      mapped(
        await createCampaign(deps, caller, fromPlan(body), repeatable),
        toCampaign(caller, deps.clock()),
      ),
    getCampaign: async ({ caller, params }) =>
      mapped(await getCampaign(deps, caller, params.campaign), toCampaign(caller, deps.clock())),
    editCampaign: async ({ caller, params, body, expected }) => {
      const edited = await editCampaign(deps, caller, params.campaign, fromPlan(body), expected);
      return mapped(edited, toCampaign(caller, deps.clock()));
    },
    deleteCampaign: ({ caller, params, expected }) => deleteCampaign(deps, caller, params.campaign, expected),
    approveCampaign: (call) => act(call, { type: 'approve' }),
    rejectCampaign: (call) => act(call, { type: 'reject', comment: call.body.comment ?? '' }),
    scheduleCampaign: (call) => act(call, { type: 'schedule', startAt: fromInstant(call.body.startAt) }),
    startCampaign: async (call) => {
      const { caller, params, query } = call;
      const doubt =
        query.confirm === true ? undefined : await unconfirmedStart(deps, caller, params.campaign);
      return doubt === undefined ? act(call, { type: 'start' }) : refused(doubt);
    },
    pauseCampaign: (call) => act(call, { type: 'pause' }),
    resumeCampaign: (call) => act(call, { type: 'resume' }),
    stopCampaign: (call) => act(call, { type: 'stop' }),
    cancelCampaign: (call) => act(call, { type: 'cancel' }),
    endCampaign: (call) => act(call, { type: 'end' }),
    countUpdates: async ({ caller, params }) =>
      mapped(await countUpdates(deps, caller, params.campaign), toCounts),
  };
};
