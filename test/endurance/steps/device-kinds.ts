import { setTimeout as sleep } from 'node:timers/promises';
import { deviceToken } from '../../../src/app/device-token.ts';
import { createDmDevice } from '../../support/dm-device.ts';
import { createSimulatedDevice } from '../../support/lwm2m-device.ts';
import { at } from '../kill/load.ts';
import {
  api,
  done,
  eventsOf,
  get,
  type Kind,
  newCampaign,
  newDevice,
  type Stage,
  type Trial,
  trialOf,
} from './kind.ts';

/** Has the server die at a step after this, whoever asks for it then; 0 calls that off. */
const arm = async ({ wire }: Stage, failPoint: number): Promise<void> => {
  await wire.insist({
    method: 'GET',
    path: '/healthz',
    headers: { 'x-fail-point': '1000000', 'x-fail-point-after': `${failPoint}` },
  });
};

/** A trial of something that is no HTTP request of the harness; it throws where it was broken off. */
const trialBy = (
  stage: Stage,
  act: (failPoint: number) => Promise<unknown>,
  effects: Trial['effects'],
): Trial => ({
  effects,
  send: async (failPoint) => {
    if (failPoint > 0) await arm(stage, failPoint);
    try {
      await act(failPoint);
      if (failPoint > 0) await arm(stage, 0);
      return { status: 200, body: undefined, bytes: Buffer.alloc(0) };
    } catch {
      return 'unknown';
    }
  },
});

type Ddi = {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly member: string;
};

const ddiDevice = async (stage: Stage, id: string): Promise<Ddi> => {
  await newDevice(stage, id);
  const path = await newCampaign(stage, id, { device: id, isStarted: true });
  const headers = { authorization: `GatewayToken ${stage.gatewayToken}` };
  return { base: `/${stage.account}/controller/v1/${id}`, headers, member: `${path}/devices/${id}` };
};

const ddiPoll: Kind = {
  name: 'DDI poll that hands out',
  prepare: async (stage, id) => {
    const { base: path, headers, member } = await ddiDevice(stage, id);
    return trialOf(stage, { method: 'GET', path, headers }, () =>
      eventsOf(stage, member, 'update-packages-set'),
    );
  },
};

const ddiFeedback = (name: string, execution: string, finished: string, type: string): Kind => ({
  name,
  prepare: async (stage, id) => {
    const { base, headers, member } = await ddiDevice(stage, id);
    const root = await done(stage, { method: 'GET', path: base, headers });
    const action = /deploymentBase\/(\d+)/.exec(`${at(root, '_links', 'deploymentBase', 'href')}`)?.[1];
    const body = { status: { execution, result: { finished }, details: [id] } };
    const message = {
      method: 'POST',
      path: `${base}/deploymentBase/${action}/feedback`,
      headers,
      body,
    } as const;
    return trialOf(stage, message, () => eventsOf(stage, member, type));
  },
});

/** A line that changes nothing else: two where the answer to the first was lost. */
const ddiLine: Kind = {
  name: 'DDI feedback that is a line of the log',
  prepare: async (stage, id) => {
    const { base, headers, member } = await ddiDevice(stage, id);
    const root = await done(stage, { method: 'GET', path: base, headers });
    const action = /deploymentBase\/(\d+)/.exec(`${at(root, '_links', 'deploymentBase', 'href')}`)?.[1];
    const path = `${base}/deploymentBase/${action}/feedback`;
    const body = (line: string) => ({
      status: { execution: 'proceeding', result: { finished: 'none' }, details: [line] },
    });
    await done(stage, { method: 'POST', path, headers, body: body('first') });
    const effects = async () => {
      const { entries = [] } = ((await get(stage, `${member}/log`)) ?? {}) as {
        readonly entries?: readonly { readonly lines: readonly string[] }[];
      };
      return entries.filter(({ lines }) => lines.includes(id)).length;
    };
    return trialOf(stage, { method: 'POST', path, headers, body: body(id) }, effects, { mayDouble: true });
  },
};

const ddiAttributes: Kind = {
  name: 'DDI attributes',
  prepare: async (stage, id) => {
    const { base, headers } = await ddiDevice(stage, id);
    const body = { mode: 'merge', data: { site: id } };
    const effects = async () =>
      at(await get(stage, `${api}/devices/${id}`), 'attributes', 'site') === id ? 1 : 0;
    return trialOf(stage, { method: 'PUT', path: `${base}/configData`, headers, body }, effects);
  },
};

type Gateway = {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly member: string;
};

const gateway = async (stage: Stage, id: string): Promise<Gateway> => {
  await newDevice(stage, id, { protocol: 'gateway' });
  const issued = await done(stage, { method: 'POST', path: `${api}/devices/${id}/credentials`, body: {} });
  const token = deviceToken(stage.account, id, `${at(issued, 'secret')}`);
  const campaign = await newCampaign(stage, id, { device: id, isStarted: true });
  const headers = { authorization: `Bearer ${token}` };
  await done(stage, { method: 'GET', path: `/api/devices/${id}/enroll`, headers });
  return { headers, path: `/api/devices/${id}/commands`, member: `${campaign}/devices/${id}` };
};

/** Carries out what comes until there is a command of that name; its id. A poll after a report tells of nothing yet. */
const untilTold = async (stage: Stage, known: Gateway, wanted: string): Promise<string> => {
  const { headers, path } = known;
  for (;;) {
    const polled = await done(stage, { method: 'GET', path, headers });
    const [command] = at(polled, 'commandMessage') as readonly unknown[];
    const commandId = `${at(command, 'commandId')}`;
    if (at(command, 'command') === wanted) return commandId;
    if (command !== undefined) await succeed(stage, known, commandId);
  }
};

const succeed = async (stage: Stage, { headers, path }: Gateway, commandId: string): Promise<void> => {
  const commands = [{ commandId, status: 'SUCCEEDED', message: '', exitCode: 0 }];
  await done(stage, { method: 'PUT', path, headers, body: { commands } });
};

const gatewayPoll: Kind = {
  name: 'gateway poll that hands out',
  prepare: async (stage, id) => {
    const known = await gateway(stage, id);
    const { headers, path, member } = known;
    await succeed(stage, known, await untilTold(stage, known, 'OTA_INVENTORY'));
    await done(stage, { method: 'GET', path, headers });
    return trialOf(stage, { method: 'GET', path, headers }, () =>
      eventsOf(stage, member, 'update-packages-set'),
    );
  },
};

const gatewayReport: Kind = {
  name: 'gateway report',
  prepare: async (stage, id) => {
    const known = await gateway(stage, id);
    const { headers, path, member } = known;
    const commandId = await untilTold(stage, known, 'OTA_ACTIVATE');
    const body = { commands: [{ commandId, status: 'SUCCEEDED', message: '', exitCode: 0 }] };
    return trialOf(stage, { method: 'PUT', path, headers, body }, () =>
      eventsOf(stage, member, 'update-closed'),
    );
  },
};

const serverSecret = 'the-password-of-the-server';
const ownSecret = 'a-password-of-sixteen';

/** A session whose device is told of an update; it insists, so that it ends whoever died meanwhile. */
const dmSession: Kind = {
  name: 'OMA-DM session',
  prepare: async (stage, id) => {
    await newDevice(stage, id, { protocol: 'oma-dm' });
    const body = { kind: 'dm', secret: ownSecret, server: { id: 'muster', secret: serverSecret } };
    await done(stage, { method: 'POST', path: `${api}/devices/${id}/credentials`, body });
    const path = await newCampaign(stage, id, { device: id, isStarted: true });
    const device = createDmDevice({
      ...{ server: `${stage.place.url}/dm/${stage.account}`, id, becomes: '2.0' },
      account: { scheme: 'md5', user: id, password: ownSecret },
      serverAccount: { scheme: 'md5', user: 'muster', password: serverSecret },
      fumo: { root: './FUMO', has: 'two-steps' },
    });
    const session = async () => {
      const { ended } = await device.session();
      if (ended !== 'done') throw new Error(ended);
    };
    return trialBy(stage, session, () => eventsOf(stage, `${path}/devices/${id}`, 'update-packages-set'));
  },
};

/** A registration that was acknowledged is there: an update of it is taken. */
const registration: Kind = {
  name: 'LwM2M registration',
  prepare: async (stage, id) => {
    await newDevice(stage, id, { protocol: 'lwm2m' });
    const options = { server: stage.place.lwm2m, endpoint: id, enabler: '1.1', firmware: '1.0' } as const;
    let isKnown = false;
    const register = async () => {
      const device = createSimulatedDevice({ ...options, times: { patience: 1_000 } });
      try {
        await device.start();
        const { code } = await device.update();
        isKnown = code === '2.04';
        if (!isKnown) throw new Error(code);
      } finally {
        device.stop();
      }
    };
    return trialBy(stage, register, async () => (isKnown ? 1 : 0));
  },
};

/** In milliseconds; one that was on its way when its server died is sent again after the lease of its delivery, 90 s. */
const [COMES, COMES_AGAIN] = [1_000, 120_000];

/** A message of an event comes under one id, however often the server died on the way. */
const webhook: Kind = {
  name: 'webhook',
  prepare: async (stage, id) => {
    const push = async (failPoint: number) => {
      const body = { id, protocol: 'custom' };
      const { status } = await stage.wire.insist({ method: 'POST', path: `${api}/devices`, body });
      if (status !== 201 && status !== 409) throw new Error(`${status}`);
      const until = Date.now() + (failPoint === 0 ? COMES_AGAIN : COMES);
      while (stage.pushed(id).size === 0) {
        if (Date.now() > until) throw new Error('it did not come');
        await sleep(25);
      }
    };
    return trialBy(stage, push, async () => stage.pushed(id).size);
  },
};

/** Requests of devices, over every protocol, and messages to other servers. */
export const deviceKinds: readonly Kind[] = [
  ddiPoll,
  ddiLine,
  ddiFeedback('DDI feedback that ends an update', 'closed', 'success', 'update-closed'),
  ...[ddiAttributes, gatewayPoll, gatewayReport, dmSession, registration, webhook],
];
