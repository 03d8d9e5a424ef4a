import type { StoredEvent } from '../../app/event-records.ts';
import type { Message } from '../../app/fan-out.ts';
import type { ListedUpdate, StoredDevice } from '../../app/records.ts';
import { type Position, phaseOf } from '../../domain/position.ts';
import { type CampaignTelling, gatewayPayload } from './callback-payloads.ts';
import { type GatewayState, gatewayStates } from './states.ts';
import { type WakeSpan, wakeSpanOf } from './wake-pace.ts';

const PAGE = 1_000;
/** Causes looked back at: more than a span of time has of them. */
const LOOK_BACK = 50;

/** Something waits for the gateway to fetch it. */
const isWaiting = (position: Position): boolean =>
  position === 'resetting' || phaseOf(position)?.step === 'ready';

const wakesDevice = ({ body }: StoredEvent): boolean =>
  body.type === 'update-nudged' || (body.type === 'update-moved' && isWaiting(body.to));

const wakesAll = ({ body }: StoredEvent): boolean =>
  body.type === 'campaign-started' || body.type === 'campaign-resumed';

const joins = ({ body }: StoredEvent, { id }: StoredDevice): boolean =>
  body.type === 'updates-added' && (body.devices?.includes(id) ?? true);

const changesStatus = ({ body: { type } }: StoredEvent): boolean =>
  type === 'campaign-created' ||
  type === 'campaign-started' ||
  type === 'campaign-paused' ||
  type === 'campaign-resumed' ||
  type === 'campaign-stopped';

/** Whether the campaign was running when that happened, as far back as the events go, newest first. */
const wasRunning = (events: readonly StoredEvent[], { seq }: StoredEvent): boolean => {
  const last = events.find((one) => one.seq < seq && changesStatus(one));
  return last === undefined || wakesAll(last);
};

/** Events before this one about the campaign, or about a device in it; newest first. */
const before = (
  { store, account, event, campaign }: CampaignTelling,
  device: StoredDevice | undefined,
): Promise<readonly StoredEvent[]> =>
  store.events.list(
    account.key,
    { campaign: campaign.key, device: device?.key ?? null },
    { before: event.seq, limit: LOOK_BACK },
  );

const spanAfter = (events: readonly StoredEvent[], now: StoredEvent): WakeSpan =>
  wakeSpanOf(
    events.toSorted((a, b) => a.seq - b.seq).map(({ at }) => at),
    now.at,
  );

const message = (
  telling: CampaignTelling,
  device: StoredDevice,
  state: GatewayState,
  when: Pick<Message, 'notBefore'> & { readonly once?: string },
): Message => ({
  ...when,
  part: device.id,
  device: device.key,
  event: 'WAKE_UP',
  body: JSON.stringify(gatewayPayload(telling, 'WAKE_UP', device, { state, previous: '' })),
  latestOnly: true,
});

const stateOf = async (
  { store, account, campaign }: CampaignTelling,
  device: StoredDevice,
): Promise<GatewayState> => {
  const update = await store.updates.find(account.key, campaign.key, device.key);
  return gatewayStates[update?.position ?? 'pending'];
};

/** One gateway has something to fetch, or somebody wants it to look. */
async function* wakeOne(telling: CampaignTelling, device: StoredDevice): AsyncGenerator<Message> {
  const { event } = telling;
  const [own, shared] = [await before(telling, device), await before(telling, undefined)];
  const joining = shared.find((one) => joins(one, device));
  const causes = [
    ...own.filter(wakesDevice),
    ...shared.filter((one) => wakesAll(one) || (one === joining && wasRunning(shared, one))),
    // What woke others before it joined was nothing to it.
  ].filter(({ seq }) => seq >= (joining?.seq ?? 0));
  const { span, notBefore } = spanAfter(causes, event);
  const state =
    event.body.type === 'update-moved' ? gatewayStates[event.body.to] : await stateOf(telling, device);
  yield message(telling, device, state, { once: `wake ${span}`, notBefore });
}

/** Every gateway that is open in the campaign, page by page, as far as `isMeant`. */
async function* wakeMany(
  telling: CampaignTelling,
  isMeant: (update: ListedUpdate) => boolean,
  when: Parameters<typeof message>[3],
): AsyncGenerator<Message> {
  const { store, account, campaign } = telling;
  const open = { positions: [], outcomes: [], open: true } as const;
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.updates.list>> = await store.updates.list(
      account.key,
      campaign.key,
      open,
      { after, limit: PAGE },
    );
    const meant = new Map(page.items.filter(isMeant).map((update) => [update.deviceId, update]));
    for (const device of await store.devices.findMany(account.key, [...meant.keys()])) {
      const state = gatewayStates[meant.get(device.id)?.position ?? 'pending'];
      yield message(telling, device, state, when);
    }
    after = page.next;
  }
}

/** Those that joined just now: as they are listed, else whoever is there since then. */
async function* wakeJoining(
  telling: CampaignTelling,
  devices: readonly string[] | null,
): AsyncGenerator<Message> {
  const { store, account, event } = telling;
  if (devices === null) {
    yield* wakeMany(telling, ({ since, position }) => position === 'pending' && since === event.at, {
      notBefore: null,
    });
    return;
  }
  for (const device of await store.devices.findMany(account.key, devices)) {
    yield message(telling, device, gatewayStates.pending, { notBefore: null });
  }
}

/** Wake-up callbacks (reference 5.1): whenever there is something for a gateway to fetch. */
export async function* wakeUps(telling: CampaignTelling): AsyncGenerator<Message> {
  const { event, device, campaign } = telling;
  if (device !== undefined && wakesDevice(event)) yield* wakeOne(telling, device);
  if (campaign.status !== 'running') return;
  if (event.body.type === 'updates-added') yield* wakeJoining(telling, event.body.devices);
  if (!wakesAll(event)) return;
  const { span, notBefore } = spanAfter((await before(telling, undefined)).filter(wakesAll), event);
  yield* wakeMany(telling, () => true, { once: `start ${span}`, notBefore });
}
