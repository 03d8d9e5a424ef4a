import type { Caller } from '../../app/caller.ts';
import {
  dropCampaignSubscription,
  getCampaignSubscription,
  setCampaignSubscription,
} from '../../app/campaign-subscription.ts';
import { resolveDestination } from '../../app/pulse-definitions.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { CallbackTopic, callbackRoutes } from '../../wire/pulse/callbacks.ts';
import type { Handlers } from './call.ts';
import { emptied, mapped } from './mapped.ts';
import type { PulseDeps } from './plugin.ts';
import { allGatewayStates } from './states.ts';

type Params = Readonly<Record<string, string>>;
type Read = { readonly caller: Caller; readonly params: Params };
type Registration = {
  readonly notificationDestinationId: string;
  readonly trackedStates?: readonly string[];
};
type Register = Read & { readonly body: Registration };

const idOf = (params: Params): string => params['campaignId'] ?? '';
const about = (topic: CallbackTopic) => ({ wire: 'pulse', topic }) as const;

/** The states that a caller wants to hear of, each once; none are all. */
const fromStates = (states: readonly string[] = []): Result<readonly string[], Refusal> => {
  const strange = states.find((word) => !allGatewayStates.some((state) => state === word));
  if (strange === undefined) return ok(allGatewayStates.filter((state) => states.includes(state)));
  const expected = `states out of ${allGatewayStates.join(', ')}`;
  return refused({ code: 'invalid', field: 'trackedStates', expected, got: JSON.stringify(strange) });
};

const topicHandlers = <const Topic extends CallbackTopic>(deps: PulseDeps, topic: Topic) => {
  const remove = async ({ caller, params }: Read) =>
    emptied(await dropCampaignSubscription(deps, caller, idOf(params), about(topic)));
  return {
    register: async ({ caller, params, body }: Register) => {
      const states = fromStates(body.trackedStates);
      if (!states.ok) return states;
      if (body.notificationDestinationId === '') return remove({ caller, params });
      const destination = await resolveDestination(deps, caller, body.notificationDestinationId);
      if (!destination.ok) return destination;
      const wanted = { ...about(topic), ...destination.value, only: states.value };
      return emptied(await setCampaignSubscription(deps, caller, idOf(params), wanted));
    },
    read: async ({ caller, params }: Read) =>
      mapped(await getCampaignSubscription(deps, caller, idOf(params), about(topic)), (found) => ({
        notificationDestinationId: found?.destinationId ?? '',
        trackedStates: [...(found?.only ?? [])],
        campaignId: idOf(params),
      })),
    remove,
  };
};

export const callbackHandlers = (deps: PulseDeps): Handlers<typeof callbackRoutes> => {
  const completed = topicHandlers(deps, 'completed');
  const wakeUp = topicHandlers(deps, 'wake-up');
  const stateChange = topicHandlers(deps, 'state-change');
  const execution = topicHandlers(deps, 'execution-progress');
  const download = topicHandlers(deps, 'download-progress');
  return {
    registerCompletedCallback: completed.register,
    getCompletedCallback: completed.read,
    deleteCompletedCallback: completed.remove,
    registerWakeUpCallback: wakeUp.register,
    getWakeUpCallback: wakeUp.read,
    deleteWakeUpCallback: wakeUp.remove,
    registerStateChangeCallback: stateChange.register,
    getStateChangeCallback: stateChange.read,
    deleteStateChangeCallback: stateChange.remove,
    registerExecutionProgressCallback: execution.register,
    getExecutionProgressCallback: execution.read,
    deleteExecutionProgressCallback: execution.remove,
    registerDownloadProgressCallback: download.register,
    getDownloadProgressCallback: download.read,
    deleteDownloadProgressCallback: download.remove,
  };
};
