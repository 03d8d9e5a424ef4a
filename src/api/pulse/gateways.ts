import type { Caller } from '../../app/caller.ts';
import { editCampaign, getCampaign } from '../../app/campaigns.ts';
import {
  closeDevice,
  getUpdateLog,
  type MemberId,
  removeDevices,
  scheduleDevice,
  setDevicePackages,
  sliceMembers,
} from '../../app/members.ts';
import { nudgeDevice } from '../../app/nudge.ts';
import {
  addUpdatable,
  getPresentMember,
  listActiveCampaigns,
  withPresentMember,
} from '../../app/present-members.ts';
import { getQuery } from '../../app/queries.ts';
import { getTransfers } from '../../app/transfers.ts';
import type { Target } from '../../domain/plan.ts';
import type { Phase } from '../../domain/position.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Gateways, gatewayRoutes } from '../../wire/pulse/gateways.ts';
import type { Call, Handlers } from './call.ts';
import { toDownloadProgress, toGateway, toGatewayStatus, toLines, toState } from './gateway-map.ts';
import { fromSlot } from './instants.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';

type Params = Readonly<Record<string, string>>;
type Routes = typeof gatewayRoutes;

const idOf = (params: Params): string => params['campaignId'] ?? '';
const memberOf = (params: Params): MemberId => ({
  campaign: idOf(params),
  device: params['gatewayId'] ?? '',
});

/** The gateways that a body names, under either of the names for them. */
const gatewaysOf = ({ gatewayIds = [], gatewayId = [] }: Gateways): Result<readonly string[], Refusal> => {
  const ids = [...gatewayIds, ...gatewayId];
  return ids.length > 0
    ? ok(ids)
    : refused({ code: 'invalid', field: 'gatewayIds', expected: 'the id of a gateway', got: 'none' });
};

/** Shorter would be a load without a use; 0 evaluates once (reference 7, row 22). */
const LEAST_INTERVAL = 10;
const MOST_INTERVAL = 31_536_000;

const intervalOf = (text = '0'): Result<number, Refusal> => {
  const seconds = Number(text);
  if (seconds === 0 || (seconds >= LEAST_INTERVAL && seconds <= MOST_INTERVAL)) return ok(seconds);
  const expected = `0, or ${LEAST_INTERVAL} to ${MOST_INTERVAL} seconds`;
  return refused({ code: 'invalid', field: 'reevaluationIntervalSeconds', expected, got: text });
};

const targetOf = async (
  deps: PulseDeps,
  caller: Caller,
  list: string,
  interval: string | undefined,
): Promise<Result<Target, Refusal>> => {
  if (list === '') return ok({ by: 'hand' });
  const reevaluateSeconds = intervalOf(interval);
  if (!reevaluateSeconds.ok) return reevaluateSeconds;
  return mapped(await getQuery(deps, caller, list), ({ expression }) => ({
    ...{ by: 'query', expression, list },
    reevaluateSeconds: reevaluateSeconds.value,
  }));
};

/** Carries something out for the gateway that a path names, unless it was taken out. */
const onGateway = async (
  deps: PulseDeps,
  { caller, params }: { readonly caller: Caller; readonly params: Params },
  act: (at: MemberId) => Promise<Result<unknown, Refusal>>,
) => {
  const at = memberOf(params);
  return emptied(await withPresentMember(deps, caller, at, () => act(at)));
};

const schedule = (deps: PulseDeps, phase: Phase) => async (call: Call<Routes['scheduleDownload']>) => {
  const slot = fromSlot(call.body, deps.clock());
  if (!slot.ok) return slot;
  return onGateway(deps, call, (at) => scheduleDevice(deps, call.caller, at, phase, slot.value));
};

const writers = (deps: PulseDeps) => {
  const remove = async ({ caller, params, body }: Call<Routes['removeGateways']>) => {
    const ids = gatewaysOf(body);
    return ids.ok ? emptied(await removeDevices(deps, caller, idOf(params), ids.value)) : ids;
  };
  return {
    addGateways: async ({ caller, params, body }) => {
      const ids = gatewaysOf(body);
      return ids.ok ? emptied(await addUpdatable(deps, caller, idOf(params), ids.value)) : ids;
    },
    removeGateways: remove,
    deleteGateways: remove,
    setDistributionList: async ({ caller, params, body }) => {
      const { distributionListId, reevaluationIntervalSeconds } = body;
      const target = await targetOf(deps, caller, distributionListId, reevaluationIntervalSeconds);
      if (!target.ok) return target;
      const edited = await editCampaign(deps, caller, idOf(params), { target: target.value });
      deps.wake();
      return emptied(edited);
    },
    setGatewayPackages: (call) => {
      const { packages } = call.body;
      return onGateway(deps, call, (at) =>
        setDevicePackages(deps, call.caller, at, packages.length === 0 ? null : packages),
      );
    },
    scheduleDownload: schedule(deps, 'download'),
    scheduleExecution: schedule(deps, 'execution'),
    scheduleActivation: schedule(deps, 'activation'),
    closeGateway: (call) =>
      onGateway(deps, call, (at) => closeDevice(deps, call.caller, at, 'closed by an operator')),
    notifyGateway: (call) => onGateway(deps, call, (at) => nudgeDevice(deps, call.caller, at)),
  } satisfies Partial<Handlers<Routes>>;
};

const present = { positions: [], outcomes: [], open: null, present: true } as const;

const readers = (deps: PulseDeps) =>
  ({
    listGateways: async ({ caller, params, query }) => {
      const paging = pagingOf(query, deps.settings.firstPage);
      const found = await sliceMembers(deps, caller, idOf(params), present, paging.slice);
      return mapped(found, ({ items, total }) => ({
        pageResponse: toPageResponse(paging, total),
        gateways: items.map(toGateway),
      }));
    },
    getDistributionList: async ({ caller, params }) =>
      mapped(await getCampaign(deps, caller, idOf(params)), ({ id, plan: { target } }) => ({
        distributionListId: target.by === 'query' ? (target.list ?? '') : '',
        reevaluationIntervalSeconds: target.by === 'query' ? `${target.reevaluateSeconds}` : '',
        campaignId: id,
      })),
    getGatewayPackages: async ({ caller, params }) =>
      mapped(await getPresentMember(deps, caller, memberOf(params)), ({ campaign, update }) => ({
        packages: [...(update.packages ?? campaign.plan.packages)],
      })),
    getGatewayState: async ({ caller, params }) =>
      mapped(await getPresentMember(deps, caller, memberOf(params)), ({ update }) => ({
        state: toState(update),
      })),
    getGatewayStatus: async ({ caller, params }) => {
      const at = memberOf(params);
      return withPresentMember(deps, caller, at, async (member) => {
        const transfers = await getTransfers(deps, caller, at);
        if (!transfers.ok) return transfers;
        return mapped(await getUpdateLog(deps, caller, at), (log) =>
          toGatewayStatus(member, transfers.value, log),
        );
      });
    },
    getDownloadProgress: async ({ caller, params }) => {
      const at = memberOf(params);
      const found = await withPresentMember(deps, caller, at, () => getTransfers(deps, caller, at));
      return mapped(found, toDownloadProgress);
    },
    getExecutionProgress: async ({ caller, params }) => {
      const at = memberOf(params);
      return withPresentMember(deps, caller, at, async (member) =>
        mapped(await getUpdateLog(deps, caller, at), (log) => ({ progress: [...toLines(log, member)] })),
      );
    },
    listActiveCampaigns: async ({ caller, params }) =>
      mapped(await listActiveCampaigns(deps, caller, params['gatewayId'] ?? ''), (ids) => ({
        campaignId: [...ids],
      })),
  }) satisfies Partial<Handlers<Routes>>;

export const gatewayHandlers = (deps: PulseDeps): Handlers<Routes> => ({
  ...writers(deps),
  ...readers(deps),
});
