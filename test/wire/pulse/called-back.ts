import { afterEach, beforeEach } from 'vitest';
import { renderPulse } from '../../../src/api/pulse/callbacks.ts';
import type { StoredDelivery } from '../../../src/app/delivery-records.ts';
import { handOnNext } from '../../../src/app/fan-out.ts';
import { accepted, must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { sampleDestination } from '../../support/samples.ts';
import { done, prepareGateway, preparePackage } from './prepare.ts';

/** A gateway is woken at most once in so many milliseconds. */
export const SPAN = 30_000;

export let api: Api;
/** The path of a campaign of one package, which calls a destination back. */
export let campaign: string;
let tokens: Map<string, string>;

/** Before each test there is a new server with the campaign, and two gateways that may come into it. */
export const useCallbacks = (): void => {
  beforeEach(begin);
  afterEach(() => api.close());
};

const begin = async (): Promise<void> => {
  api = await startApi();
  const { store } = api.context;
  const account = must(await store.accounts.find('DEFAULT')).key;
  const value = sampleDestination({ id: 'pager' });
  accepted(await store.commit({ account, writes: [{ save: 'destination', value }], events: [] }));
  const packages = [await preparePackage(api, 'base', { ACTIVATE: 'activate.sh', RESET: 'reset.sh' })];
  const body = { name: 'Spring', packages, campaignSettings: { settings: { 'ota.stepsPerPoll': '8' } } };
  const { uuid } = done(await api.call('POST', '/api/campaigns', { body })).body;
  campaign = `/api/campaigns/${uuid}`;
  tokens = new Map();
  for (const id of ['gw-1', 'gw-2']) tokens.set(id, await prepareGateway(api, id));
  // A span begins, so that what follows is in one.
  api.pass(SPAN - (api.context.clock() % SPAN));
};

export const follow = async (topic: string, more: object = {}) =>
  done(
    await api.call('PUT', `${campaign}/callbacks/${topic}`, {
      body: { notificationDestinationId: 'pager', ...more },
    }),
  );
export const put = async (path: string, body: object = {}) =>
  done(await api.call('PUT', `${campaign}${path}`, { body }));
export const add = async (...gatewayIds: readonly string[]) =>
  done(await api.call('POST', `${campaign}/devices`, { body: { gatewayIds } }));
export const ask = async (gateway: string, method: 'GET' | 'PUT', path: string, body?: object) =>
  done(await api.call(method, path, { as: tokens.get(gateway) ?? null, ...(body && { body }) })).body;
export const poll = async (gateway: string) =>
  (await ask(gateway, 'GET', `/api/devices/${gateway}/commands`)).commandMessage[0];
export const says = (gateway: string, { commandId }: { readonly commandId: string }, status: string) =>
  ask(gateway, 'PUT', `/api/devices/${gateway}/commands`, { commands: [{ commandId, status }] });
/** Goes through everything. */
export const update = async (gateway: string): Promise<void> => {
  for (let command = await poll(gateway); command !== undefined; command = await poll(gateway)) {
    await says(gateway, command, 'SUCCEEDED');
  }
};

const everything = { destinationId: '', campaign: null, statuses: [], from: null, to: null } as const;

/** Hands on what happened; answers all that is to be delivered so far, oldest first. */
export const deliveries = async (): Promise<readonly StoredDelivery[]> => {
  const { store } = api.context;
  while (await handOnNext(api.context, { pulse: renderPulse }));
  const account = must(await store.accounts.find('DEFAULT')).key;
  const page = { after: Number.MAX_SAFE_INTEGER, limit: 5_000 };
  return [...(await store.deliveries.list(account, everything, page)).items].reverse();
};
// Callbacks are looked into by hand, as replies are.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Body = any;
const bodyOf = ({ body }: StoredDelivery): Body => JSON.parse(body);
export const bodies = async (): Promise<readonly Body[]> => (await deliveries()).map(bodyOf);
/** What is called back about, in short. */
const short = ({ event, gatewayId, previousState, state }: Body): string =>
  [event, gatewayId, previousState === '' ? state : `${previousState} > ${state}`].join(' ');
export const told = async () => (await bodies()).map(short);

/** Sends all that is due now; answers what that was, in short. */
export const sent = async (): Promise<readonly string[]> => {
  await deliveries();
  const { store } = api.context;
  const now = api.context.clock();
  const claimed = await store.deliveries.claim(now, now + SPAN, 10_000, 10_000);
  const attempt = { at: now, sent: { url: '', headers: {} }, took: 1, status: 200, problem: '', answer: '' };
  const settled = { attempt, status: 'delivered', dueAt: now } as const;
  await store.deliveries.settle(claimed.map((was) => ({ was, ...settled })));
  return claimed.map(bodyOf).map(short).sort();
};
