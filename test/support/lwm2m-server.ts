import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { StoredUpdate } from '../../src/app/records.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { readEnv } from '../../src/server/env.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { must } from '../contract/store/world.ts';
import { createSimulatedDevice, type DeviceOptions, type SimulatedDevice } from './lwm2m-device.ts';
import { type ImageOptions, simulatedImage } from './lwm2m-image.ts';

type Fields = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export const admin = { email: 'admin@localhost', password: 'correct horse battery' };

/** Somebody who works with a server over its own API. */
export type Lwm2mOperator = {
  readonly token: string;
  readonly call: (method: Method, path: string, body?: unknown) => Promise<Fields>;
  readonly device: (id: string, more?: Fields) => Promise<void>;
  /** The id of a package of an image that simulated devices understand. */
  readonly image: (image: ImageOptions, query?: Readonly<Record<string, string>>) => Promise<string>;
  /** Starts a campaign of a package for devices; its id. */
  readonly campaign: (pack: string, devices: readonly string[], plan?: Fields) => Promise<string>;
  readonly update: (campaign: string, device: string) => Promise<Fields>;
};

/** Signs in at a server. */
export const operate = async (url: string): Promise<Lwm2mOperator> => {
  let token = '';
  const send = async (
    method: Method,
    path: string,
    type: string,
    body?: Uint8Array<ArrayBuffer> | string,
  ) => {
    const reply = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { body }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Fields;
  };
  const call: Lwm2mOperator['call'] = (method, path, body) =>
    send(method, path, 'application/json', body === undefined ? undefined : JSON.stringify(body));
  token = `${(await call('POST', '/session', admin))['token']}`;
  return {
    token,
    call,
    device: async (id, more = {}) => {
      await call('POST', '/devices', { id, protocol: 'lwm2m', ...more });
    },
    image: async (image, query = {}) => {
      const said = { name: 'firmware', kind: 'firmware', fileName: 'image.bin', version: image.version };
      const path = `/packages?${new URLSearchParams({ ...said, ...query })}`;
      return `${(await send('POST', path, 'application/octet-stream', new Uint8Array(simulatedImage(image))))['id']}`;
    },
    campaign: async (pack, devices, plan = {}) => {
      const once = { attempts: 1, backOffSeconds: 0 };
      const made = await call('POST', '/campaigns', {
        name: 'LwM2M',
        packages: [pack],
        target: { by: 'hand' },
        retry: once,
        ...plan,
      });
      const id = `${made['id']}`;
      await call('POST', `/campaigns/${id}/devices`, { devices });
      await call('POST', `/campaigns/${id}/start`, {});
      return id;
    },
    update: (campaign, device) => call('GET', `/campaigns/${campaign}/devices/${device}`),
  };
};

/** A server of this process with an LwM2M listener, over SQLite. */
export type Lwm2mServer = Lwm2mOperator & {
  readonly server: Server;
  /** Moves the clock on by so many milliseconds. */
  readonly pass: (milliseconds: number) => void;
  readonly now: () => number;
  /** The plain listener. */
  readonly port: number;
  readonly simulate: (id: string, options?: Partial<DeviceOptions>) => Promise<SimulatedDevice>;
  /** Resolves once an update fits; the test's own time limit counts. */
  readonly until: (
    campaign: string,
    device: string,
    fits: (update: StoredUpdate) => boolean,
  ) => Promise<StoredUpdate>;
  readonly ended: (campaign: string, device: string) => Promise<StoredUpdate>;
  readonly stop: () => Promise<void>;
};

const LOOK_MS = 20;

export const startLwm2mServer = async (env: Readonly<Record<string, string>> = {}): Promise<Lwm2mServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-'));
  const config = configFromEnv(
    readEnv({
      MUSTER_PORT: '0',
      MUSTER_DATA: directory,
      MUSTER_ADMIN_PASSWORD: admin.password,
      MUSTER_LWM2M_COAP: '127.0.0.1:0',
      MUSTER_LWM2M_PUBLIC_HOST: '127.0.0.1',
      MUSTER_LWM2M_POLL: '1s',
      ...env,
    }),
  );
  let skew = 0;
  const logger = pino({ level: env['MUSTER_LOG_LEVEL'] ?? 'silent' });
  const server = await startServer(config, logger, () => undefined, { clock: () => Date.now() + skew });
  const { store } = server.context;
  const operator = await operate(server.url);
  const port = must(server.lwm2m.find(({ name }) => name === 'coap')).port;
  const simulated: SimulatedDevice[] = [];

  const until: Lwm2mServer['until'] = async (campaignId, deviceId, fits) => {
    const { key } = must(await store.accounts.find('DEFAULT'));
    const campaign = must(await store.campaigns.find(key, campaignId));
    const device = must(await store.devices.find(key, deviceId));
    for (;;) {
      const update = await store.updates.find(key, campaign.key, device.key);
      if (update !== undefined && fits(update)) return update;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };

  return {
    ...operator,
    pass: (milliseconds) => {
      skew += milliseconds;
    },
    now: () => Date.now() + skew,
    server,
    port,
    until,
    ended: (campaign, device) => until(campaign, device, ({ status }) => status === 'closed'),
    simulate: async (id, options = {}) => {
      const device = createSimulatedDevice({
        server: { host: '127.0.0.1', port },
        endpoint: id,
        enabler: '1.1',
        firmware: '1.0',
        ...options,
      });
      simulated.push(device);
      await device.start();
      return device;
    },
    stop: async () => {
      for (const device of simulated) device.stop();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
