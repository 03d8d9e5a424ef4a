import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { agentRoutes } from '../../../src/wire/pulse/agent.ts';
import { basePath } from '../../../src/wire/pulse/common.ts';
import type { PulseRoute } from '../../../src/wire/pulse/route.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { done, prepareGateway, preparePackage } from './prepare.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
export type Phase = 'download' | 'execution' | 'activation';

/** A command as a gateway reads it: its arguments by name. */
export type Command = {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, readonly string[]>>;
};

/** A gateway with a token of its own. */
export type TestGateway = {
  readonly id: string;
  readonly token: string;
  readonly ask: (method: Method, path: string, body?: unknown) => Promise<Reply>;
  /** What it is to do; at most one thing. */
  readonly poll: () => Promise<Command | undefined>;
  /** Says something of a command; the reply's status has to be 200. */
  readonly says: (
    command: Command | undefined,
    status: string,
    more?: { readonly message?: string; readonly exitCode?: number },
  ) => Promise<void>;
};

/** A campaign that is started, as its operator sees it. */
export type TestCampaign = {
  readonly id: string;
  readonly state: (gateway: TestGateway) => Promise<string>;
  /** The state, and whether the gateway is through. */
  readonly end: (gateway: TestGateway) => Promise<readonly [state: string, closed: boolean]>;
  readonly put: (path: string, body?: unknown, as?: string) => Promise<Reply>;
  /** Positions that its update has had, and other words of its history. */
  readonly history: (gateway: TestGateway) => Promise<readonly string[]>;
  readonly log: (gateway: TestGateway) => Promise<Reply['body']>;
};

export type PulseFleet = {
  readonly api: Api;
  readonly gateway: (id?: string, profile?: object) => Promise<TestGateway>;
  /** An `.iotcp` package; its id. */
  readonly pack: (manifest?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly campaign: (
    gateways: readonly TestGateway[],
    body?: { readonly packages?: readonly string[]; readonly settings?: Readonly<Record<string, string>> },
  ) => Promise<TestCampaign>;
};

let made = 0;
const fresh = (word: string): string => {
  made += 1;
  return `${word}-${made}`;
};

const table: readonly PulseRoute[] = Object.values(agentRoutes);
const forms = new Map<TSchema, ReturnType<typeof Compile>>();

const formOf = (method: Method, url: string): TSchema | undefined => {
  const path = new URL(url, 'http://localhost').pathname.replace(/\/$/, '');
  const fits = (route: PulseRoute) =>
    route.method === method &&
    new RegExp(`^${(basePath + route.path).replaceAll(/:\w+/g, '[^/]+')}$`).test(path);
  return table.find(fits)?.reply;
};

/** Every success of every test has exactly the form that its route says. */
const checkForm = (method: Method, url: string, reply: Reply): Reply => {
  const form = reply.status === 200 ? formOf(method, url) : undefined;
  if (form === undefined) return reply;
  const compiled = forms.get(form) ?? Compile(form);
  forms.set(form, compiled);
  const flaws = [...compiled.Errors(reply.body)];
  if (flaws.length > 0) throw new Error(`${method} ${url}: ${JSON.stringify([reply.body, flaws])}`);
  return reply;
};

type Message = {
  readonly commandId: string;
  readonly command: string;
  readonly arguments: readonly { readonly name: string; readonly value: readonly string[] }[];
};

export const toCommand = ({ commandId, command, arguments: given }: Message): Command => ({
  id: commandId,
  name: command,
  arguments: Object.fromEntries(given.map(({ name, value }) => [name, value])),
});

export const gatewayOf = (api: Api, id: string, token: string): TestGateway => {
  const ask: TestGateway['ask'] = async (method, path, body) =>
    checkForm(method, path, await api.call(method, path, { as: token, ...(body !== undefined && { body }) }));
  const path = `/api/devices/${id}/commands`;
  return {
    ...{ id, token, ask },
    poll: async () => {
      const messages: readonly Message[] = done(await ask('GET', path)).body.commandMessage;
      if (messages.length > 1) throw new Error(`more than one command: ${JSON.stringify(messages)}`);
      return messages[0] && toCommand(messages[0]);
    },
    says: async (command, status, more = {}) => {
      if (command === undefined) throw new Error(`no command is ${status}`);
      done(await ask('PUT', path, { commands: [{ commandId: command.id, status, ...more }] }));
    },
  };
};

export const startPulseFleet = async (env: Readonly<Record<string, string>> = {}): Promise<PulseFleet> => {
  const api = await startApi({}, env);

  const campaign: PulseFleet['campaign'] = async (gateways, { packages, settings } = {}) => {
    const body = {
      name: fresh('campaign'),
      packages: packages ?? [await pack()],
      ...(settings && { campaignSettings: { settings } }),
    };
    const { uuid: id } = done(await api.call('POST', '/api/campaigns', { body })).body;
    const path = `/api/campaigns/${id}`;
    const gatewayIds = gateways.map((gateway) => gateway.id);
    done(await api.call('POST', `${path}/devices`, { body: { gatewayIds } }));
    done(await api.call('PUT', `${path}/start`));
    const state = async (gateway: TestGateway): Promise<string> =>
      done(await api.call('GET', `${path}/devices/${gateway.id}/state`)).body.state;
    return {
      ...{ id, state },
      end: async (gateway) => {
        const { gateways: all } = done(await api.call('GET', `${path}/devices`)).body;
        const one = all.find(({ gatewayId }: { gatewayId: string }) => gatewayId === gateway.id);
        return [await state(gateway), one.closed];
      },
      put: (rest, given, as) =>
        api.call('PUT', `${path}${rest}`, { ...(as && { as }), ...(given !== undefined && { body: given }) }),
      history: async (gateway) => {
        const events = `/campaigns/${id}/devices/${gateway.id}/events`;
        const { items } = done(await api.call('GET', events)).body;
        type Item = { readonly type: string; readonly data: { readonly to?: string } };
        return items.toReversed().map(({ type, data }: Item) => (type === 'update-moved' ? data.to : type));
      },
      log: async (gateway) => done(await api.call('GET', `/campaigns/${id}/devices/${gateway.id}/log`)).body,
    };
  };

  const pack: PulseFleet['pack'] = (manifest) => preparePackage(api, fresh('package'), manifest);

  return {
    ...{ api, campaign, pack },
    gateway: async (id = fresh('gateway'), profile = {}) =>
      gatewayOf(api, id, await prepareGateway(api, id, profile)),
  };
};
