import type { StoredEvent } from '../../app/event-records.ts';
import type { Message, Render } from '../../app/fan-out.ts';
import type { StoredCampaign, StoredDevice } from '../../app/records.ts';
import type { Position } from '../../domain/position.ts';
import { SECOND } from '../../domain/time.ts';
import { type CallbackTopic, callbackTopics } from '../../wire/pulse/callbacks.ts';
import {
  type CallbackEvent,
  type CampaignTelling,
  campaignPayload,
  gatewayPayload,
} from './callback-payloads.ts';
import { countMembers, toCountsByState } from './campaign-map.ts';
import { toDownloadProgress, toLines } from './gateway-map.ts';
import { type GatewayState, gatewayStates } from './states.ts';
import { wakeUps } from './wake-ups.ts';

type GatewayTelling = CampaignTelling & { readonly device: StoredDevice };

const atOnce = { latestOnly: false, notBefore: null } as const;

const PAGE = 20;

/** The position that an event brought an update to. */
const positionOf = ({ body }: StoredEvent): Position | undefined =>
  body.type === 'update-moved' || body.type === 'update-retried' ? body.to : undefined;

/** Where a gateway was before the event: every journey begins at `pending`, and only from there comes a check-in. */
const previousState = async (telling: GatewayTelling): Promise<GatewayState> => {
  const { store, account, event, campaign, device } = telling;
  const about = { campaign: campaign.key, device: device.key };
  if (event.body.type === 'update-moved' && event.body.to === 'inventoried') return gatewayStates.pending;
  for (let before = event.seq; ; ) {
    const earlier = await store.events.list(account.key, about, { before, limit: PAGE });
    const position = earlier.map(positionOf).find((found) => found !== undefined);
    if (position !== undefined) return gatewayStates[position];
    const last = earlier.at(-1);
    if (last === undefined || earlier.length < PAGE) return gatewayStates.pending;
    before = last.seq;
  }
};

const stateMessage = (
  telling: CampaignTelling,
  device: StoredDevice,
  states: Parameters<typeof gatewayPayload>[3],
): Message => ({
  ...atOnce,
  part: device.id,
  device: device.key,
  event: 'STATE_CHANGE',
  body: JSON.stringify(gatewayPayload(telling, 'STATE_CHANGE', device, states)),
});

async function* stateChanges(telling: CampaignTelling): AsyncGenerator<Message> {
  const { store, account, event, device, subscription } = telling;
  const isTracked = (state: GatewayState): boolean =>
    subscription.only.length === 0 || subscription.only.includes(state);
  const position = positionOf(event);
  if (position !== undefined && device !== undefined && isTracked(gatewayStates[position])) {
    const previous = await previousState({ ...telling, device });
    yield stateMessage(telling, device, { state: gatewayStates[position], previous });
  }
  if (event.body.type !== 'updates-added' || !isTracked(gatewayStates.pending)) return;
  for (const joined of await store.devices.findMany(account.key, event.body.devices ?? [])) {
    yield stateMessage(telling, joined, { state: gatewayStates.pending, previous: '' });
  }
}

const campaignMessage = (
  telling: CampaignTelling,
  word: CallbackEvent,
  more: Parameters<typeof campaignPayload>[2],
): Message => ({
  ...atOnce,
  part: word,
  device: null,
  event: word,
  body: JSON.stringify(campaignPayload(telling, word, more)),
});

/** The last time that gateways joined before the event: what is told once until others do. */
const lastJoining = async ({ store, account, event, campaign }: CampaignTelling): Promise<number> => {
  const about = { campaign: campaign.key, device: null };
  for (let before = event.seq; ; ) {
    const earlier = await store.events.list(account.key, about, { before, limit: PAGE });
    const joining = earlier.find(({ body }) => body.type === 'updates-added');
    if (joining !== undefined) return joining.seq;
    const last = earlier.at(-1);
    if (last === undefined || earlier.length < PAGE) return 0;
    before = last.seq;
  }
};

/** Before it is started, or once nobody approved it, nothing of it can have ended. */
const mayEnd = ({ status }: StoredCampaign): boolean =>
  status !== 'draft' && status !== 'awaiting-approval' && status !== 'approved' && status !== 'scheduled';

async function* completions(telling: CampaignTelling): AsyncGenerator<Message> {
  const { store, account, event, campaign } = telling;
  const { body } = event;
  if (body.type === 'updates-added') {
    const gatewayIds = body.devices === null ? {} : { gatewayIds: body.devices };
    yield campaignMessage(telling, 'GATEWAYS_ADDED', { ...gatewayIds, numberOfGateways: `${body.count}` });
    return;
  }
  const mayBeLast = body.type === 'update-closed' || body.type === 'updates-closed';
  if (!mayBeLast || !mayEnd(campaign)) return;
  const counts = await store.campaigns.counts(account.key, campaign.key);
  const members = countMembers(counts);
  if (members === 0 || Object.values(counts.open).some((count) => count > 0)) return;
  const more = { totalNumberOfGateways: `${members}`, gatewayCountsByState: toCountsByState(counts) };
  const once = `completed ${await lastJoining(telling)}`;
  yield { ...campaignMessage(telling, 'CAMPAIGN_COMPLETED', more), once };
}

/** The latest value wins until the end of the second, so that no gateway is told of more often. */
const progressMessage = async (
  telling: GatewayTelling,
  word: 'DOWNLOAD_PROGRESS' | 'EXECUTION_PROGRESS',
  more: Readonly<Record<string, unknown>>,
): Promise<Message> => {
  const { store, account, campaign, device, event } = telling;
  const update = await store.updates.find(account.key, campaign.key, device.key);
  const state = gatewayStates[update?.position ?? 'pending'];
  return {
    part: device.id,
    device: device.key,
    event: word,
    body: JSON.stringify(gatewayPayload(telling, word, device, { state, previous: '' }, more)),
    latestOnly: true,
    notBefore: Math.ceil(event.at / SECOND) * SECOND,
  };
};

async function* downloadProgress(telling: CampaignTelling): AsyncGenerator<Message> {
  const { event, device } = telling;
  if (device === undefined || event.body.type !== 'update-progressed') return;
  const { packages } = event.body;
  if (packages.length === 0) return;
  yield await progressMessage({ ...telling, device }, 'DOWNLOAD_PROGRESS', toDownloadProgress(packages));
}

/** Lines of a callback at most: the latest, those of callbacks that this one replaces among them. */
const MOST_LINES = 50;

async function* executionProgress(telling: CampaignTelling): AsyncGenerator<Message> {
  const { store, account, campaign, event, device } = telling;
  if (device === undefined || event.body.type !== 'update-progressed') return;
  if (event.body.lines.length === 0) return;
  const log = await store.updates.log(account.key, campaign.key, device.key);
  const progress = toLines(log, { device }).slice(-MOST_LINES);
  yield await progressMessage({ ...telling, device }, 'EXECUTION_PROGRESS', { progress });
}

const renderers: Readonly<Record<CallbackTopic, (telling: CampaignTelling) => AsyncIterable<Message>>> = {
  completed: completions,
  'wake-up': wakeUps,
  'state-change': stateChanges,
  'execution-progress': executionProgress,
  'download-progress': downloadProgress,
};

async function* nothing(): AsyncGenerator<Message> {}

/** The callbacks of this wire (reference 5): what each of its topics is told of an event. */
export const renderPulse: Render = (telling) => {
  const topic = callbackTopics.find((known) => known === telling.subscription.topic);
  const { campaign } = telling;
  return topic === undefined || campaign === undefined
    ? nothing()
    : renderers[topic]({ ...telling, campaign });
};
