import { runDueCampaigns } from '../../../src/app/campaign-end.ts';
import { checkIn, type DeviceReport, report } from '../../../src/app/check-in.ts';
import { runNextJob } from '../../../src/app/jobs.ts';
import type { StoredUpdate } from '../../../src/app/records.ts';
import { mannerOf } from '../../../src/app/surroundings.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, adminPassword, type Reply, startApi } from '../../support/api.ts';
import { granted } from '../../support/fleet.ts';
import { upload } from '../../support/packages.ts';
import { done } from './prepare.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Somebody who works with an account over this wire, at a time of theirs. */
export type Operator = {
  readonly api: Api;
  /** What they are signed in with at the time. */
  readonly token: () => string;
  /** A call below `/api/fota`, as the SDK makes it. */
  readonly call: (method: Method, path: string, body?: unknown) => Promise<Reply>;
  /** Moves the clock to an instant, and signs in anew. */
  readonly at: (instant: string) => Promise<void>;
  /** Lets the background do all that is due now. */
  readonly work: () => Promise<void>;
  readonly device: (id: string, profile?: object) => Promise<void>;
  readonly devices: (ids: readonly string[], profile?: object) => Promise<void>;
  readonly pack: (query: Readonly<Record<string, string>>) => Promise<string>;
  /** The device makes contact, and says something of its update if it is told what. */
  readonly contact: (campaign: string, id: string, ...said: readonly DeviceReport[]) => Promise<StoredUpdate>;
  readonly update: (campaign: string, id: string) => Promise<StoredUpdate | undefined>;
  readonly settings: (settings: Readonly<Record<string, string>>) => Promise<void>;
};

/** A server of one account, at an instant. */
export const startOperator = async (begins = '2026-11-21T08:00:00Z'): Promise<Operator> => {
  let now = Date.parse(begins);
  const api = await startApi({ clock: () => now });
  let token = api.admin;
  const { store } = api.context;
  const muster = (method: 'POST' | 'PATCH', path: string, body: unknown) =>
    api.call(method, path, { as: token, body });
  const account = async () => must(await store.accounts.find('DEFAULT'));

  const update: Operator['update'] = async (campaignId, id) => {
    const { key } = await account();
    const campaign = must(await store.campaigns.find(key, campaignId));
    const device = must(await store.devices.find(key, id));
    return store.updates.find(key, campaign.key, device.key);
  };

  return {
    api,
    token: () => token,
    update,
    call: (method, path, body) =>
      api.call(method, `/api/fota${path}`, {
        as: token,
        headers: {
          'vz-m2m-token': token,
          'content-type': path.startsWith('/v2') ? '*/*' : 'application/json',
        },
        ...(body !== undefined && { body }),
      }),
    at: async (instant) => {
      now = Date.parse(instant);
      const credentials = { email: 'admin@localhost', password: adminPassword };
      token = done(await api.call('POST', '/session', { as: null, body: credentials })).body.token;
    },
    work: async () => {
      const all = async () => {
        while (await runNextJob(api.context));
      };
      await all();
      await runDueCampaigns(api.context);
      await all();
    },
    device: async (id, profile = {}) => {
      done(await muster('POST', '/devices', { id, ...profile }));
    },
    devices: async (ids, profile = {}) => {
      const lines = ids.map((id) => JSON.stringify({ id, ...profile })).join('\n');
      const headers = { 'content-type': 'application/x-ndjson' };
      done(await api.call('POST', '/devices/import', { as: token, body: lines, headers }));
    },
    pack: async (query) =>
      done(await upload(api, `bytes of ${JSON.stringify(query)}`, query, { as: token })).body.id,
    contact: async (campaign, id, ...said) => {
      const owner = await account();
      const speaker = { account: owner, actor: { kind: 'device', id } } as const;
      const device = must(await store.devices.find(owner.key, id));
      granted(await checkIn(api.context, speaker, device, mannerOf(device)));
      for (const one of said) granted(await report(api.context, speaker, { campaign, device: id }, one));
      return must(await update(campaign, id));
    },
    settings: async (settings) => {
      done(await muster('PATCH', '/accounts/DEFAULT', { settings }));
    },
  };
};

/** The account that every server begins with. */
export const ACCOUNT = 'DEFAULT';

export const imei = (index: number): string => `99001390${`${index}`.padStart(7, '0')}`;
