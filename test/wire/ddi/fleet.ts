import { createHash } from 'node:crypto';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { StoredUpdate } from '../../../src/app/records.ts';
import type { Context } from '../../../src/server/context.ts';
import { ErrorBody } from '../../../src/wire/ddi/documents.ts';
import { basePath, type DdiRoute, ddiRoutes } from '../../../src/wire/ddi/routes.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { upload } from '../../support/packages.ts';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

export type AskOptions = {
  /** As `Authorization` has it; the device's own token when it is left out, none with `null`. */
  readonly auth?: string | null;
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is. */
  readonly body?: unknown;
  /** The peer of the connection. */
  readonly peer?: string;
};

/** A device with a token of its own. */
export type TestDevice = {
  readonly id: string;
  readonly token: string;
  /** A request below the device's own base path, or to a whole URL that it was given. */
  readonly ask: (method: Method, path?: string, options?: AskOptions) => Promise<Reply>;
  /** The hrefs of a poll, by their names. */
  readonly links: () => Promise<Readonly<Record<string, string>>>;
  /** Feedback on an action as stock clients send it. */
  readonly say: (
    base: 'deploymentBase' | 'cancelAction',
    action: string,
    execution: string,
    finished?: string,
    more?: object,
  ) => Promise<Reply>;
};

export type Package = { readonly id: string; readonly fileName: string; readonly sha1: string };

/** A campaign that one or more devices are in, started. */
export type TestCampaign = {
  readonly id: string;
  readonly update: (device: TestDevice) => Promise<StoredUpdate>;
  readonly command: (verb: string) => Promise<Reply>;
};

export type Fleet = {
  readonly api: Api;
  readonly device: (id?: string, profile?: object) => Promise<TestDevice>;
  readonly access: (deviceAccess: object) => Promise<void>;
  readonly gatewayToken: () => Promise<string>;
  readonly pack: (bytes?: string, query?: Readonly<Record<string, string>>) => Promise<Package>;
  readonly campaign: (devices: readonly TestDevice[], plan?: object) => Promise<TestCampaign>;
  /** A device with an action that is offered to it, and the action's id. */
  readonly offered: (plan?: object) => Promise<Offered>;
};

export type Offered = {
  readonly device: TestDevice;
  readonly campaign: TestCampaign;
  readonly action: string;
};

let made = 0;
const fresh = (word: string): string => {
  made += 1;
  return `${word}-${made}`;
};

const expectOk = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
  return reply;
};

const payloadOf = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);

/** The last number of a link's path. */
export const actionOf = (href: string | undefined): string => /\/(\d+)(?:\?|$)/.exec(href ?? '')?.[1] ?? '';

export const startFleet = async (
  env: Readonly<Record<string, string>> = {},
  overrides: Partial<Context> = {},
): Promise<Fleet> => {
  const api = await startApi(overrides, env);

  const access: Fleet['access'] = async (deviceAccess) => {
    expectOk(await api.call('PATCH', '/accounts/DEFAULT', { body: { deviceAccess } }));
  };

  const device: Fleet['device'] = async (id = fresh('dev'), profile = {}) => {
    expectOk(await api.call('POST', '/devices', { body: { id, protocol: 'ddi', ...profile } }));
    const { body } = expectOk(await api.call('POST', `/devices/${id}/credentials`, { body: {} }));
    return deviceOf(api, id, body.secret);
  };

  const pack: Fleet['pack'] = async (bytes = fresh('bytes'), query = {}) => {
    const described = {
      name: fresh('fw'),
      version: '1.0',
      kind: 'firmware',
      fileName: 'update.swu',
      ...query,
    };
    return expectOk(await upload(api, bytes, described)).body;
  };

  const campaign: Fleet['campaign'] = async (devices, plan = {}) => {
    const packages = 'packages' in plan ? [] : [(await pack()).id];
    const body = { name: fresh('campaign'), packages, ...plan };
    const { id } = expectOk(await api.call('POST', '/campaigns', { body })).body;
    const ids = devices.map((member) => member.id);
    expectOk(await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ids } }));
    const command = (verb: string) => api.call('POST', `/campaigns/${id}/${verb}`);
    expectOk(await command('start'));
    return { id, command, update: (member) => updateOf(api, id, member.id) };
  };

  return {
    ...{ api, access, device, pack, campaign },
    gatewayToken: async () =>
      expectOk(await api.call('POST', '/accounts/DEFAULT/gateway-tokens', { body: {} })).body.secret,
    offered: async (plan = {}) => {
      const one = await device();
      const running = await campaign([one], plan);
      const { deploymentBase } = await one.links();
      return { device: one, campaign: running, action: actionOf(deploymentBase) };
    },
  };
};

export const deviceOf = (api: Api, id: string, token: string): TestDevice => {
  const ask: TestDevice['ask'] = async (method, path = '', options = {}) => {
    const { auth = `TargetToken ${token}`, tenant = 'DEFAULT', headers = {}, body, peer } = options;
    const reply = await api.http.inject({
      method,
      url: path.startsWith('http') ? path : `/${tenant}/controller/v1/${id}${path}`,
      headers: {
        ...(auth === null ? {} : { authorization: auth }),
        ...(body === undefined ? {} : { 'content-type': 'application/json;charset=UTF-8' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: payloadOf(body) }),
      ...(peer === undefined ? {} : { remoteAddress: peer }),
    });
    const json = /json/.test(String(reply.headers['content-type'] ?? '')) && reply.payload !== '';
    const shown = json ? reply.json() : reply.rawPayload;
    return checkForm(method, reply.raw.req.url ?? '', {
      status: reply.statusCode,
      headers: reply.headers,
      body: shown,
    });
  };
  return {
    ...{ id, token, ask },
    links: async () => {
      const { body } = expectOk(await ask('GET'));
      const links: Record<string, { href: string }> = body._links ?? {};
      return Object.fromEntries(Object.entries(links).map(([name, { href }]) => [name, href]));
    },
    say: (base, action, execution, finished = 'none', more = {}) =>
      ask('POST', `/${base}/${action}/feedback`, {
        body: { id: action, status: { execution, result: { finished }, ...more } },
      }),
  };
};

const table: readonly DdiRoute[] = Object.values(ddiRoutes);
const forms = new Map<TSchema, ReturnType<typeof Compile>>();

const formOf = (method: Method, url: string, status: number): TSchema | undefined => {
  if (status >= 400) return ErrorBody;
  const path = new URL(url, 'http://localhost').pathname;
  const fits = (route: DdiRoute) =>
    route.method === method &&
    new RegExp(`${(basePath + route.path).replaceAll(/:\w+/g, '[^/]+')}$`).test(path);
  return table.find(fits)?.reply;
};

/** Every JSON reply of every test has exactly the members that its schema names. */
const checkForm = (method: Method, url: string, reply: Reply): Reply => {
  const form = formOf(method, url, reply.status);
  if (form === undefined || reply.body instanceof Uint8Array) return reply;
  const compiled = forms.get(form) ?? Compile(form);
  forms.set(form, compiled);
  const flaws = [...compiled.Errors(reply.body)];
  if (flaws.length > 0) throw new Error(`${method} ${url}: ${JSON.stringify([reply.body, flaws])}`);
  return reply;
};

const updateOf = async ({ context: { store } }: Api, campaign: string, device: string) => {
  const account = must(await store.accounts.find('DEFAULT')).key;
  const { key } = must(await store.campaigns.find(account, campaign));
  const found = must(await store.devices.find(account, device));
  return must(await store.updates.find(account, key, found.key));
};

export const digest = (algorithm: string, bytes: string): string =>
  createHash(algorithm).update(bytes).digest('hex');
