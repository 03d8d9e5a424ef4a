import fc from 'fast-check';
import Fastify from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rememberAdmissions } from '../../../src/app/admission-memory.ts';
import { StorageFull, type Store } from '../../../src/app/ports.ts';
import { ddiDevices } from '../../../src/devices/ddi/plugin.ts';
import { answerQuickly } from '../../../src/server/quick-answers.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { actionOf, type Fleet, startFleet, type TestDevice } from './fleet.ts';

/** A server of its own over a fleet; `long` counts what came to the routes, `noted` has the statuses that were counted. */
type Way = {
  readonly post: (device: TestDevice, path: string, request: Request) => Promise<string>;
  readonly long: () => number;
  readonly noted: readonly number[];
  readonly close: () => Promise<void>;
};
type Request = {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** How many bytes of the body come with the head. */
  readonly at?: number;
};

const startWay = async ({ api: { context } }: Fleet, quick: boolean): Promise<Way> => {
  let long = 0;
  const noted: number[] = [];
  const app = Fastify({ exposeHeadRoutes: false, genReqId: () => 'one' });
  app.addHook('onRequest', async () => {
    long += 1;
  });
  const deps = {
    ...context,
    ...{ admit: rememberAdmissions(context), seen: { note: () => undefined } },
    ...{ publicUrl: undefined, trustedProxies: [], behindProxies: false },
    ...{ log: pino({ level: 'silent' }), headers: [], nextId: () => 'one' },
  };
  if (quick) answerQuickly(app, deps, (_method, _route, status) => void noted.push(status));
  await app.register(ddiDevices(deps));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    post: async ({ id, token }, path, { body, headers = {}, at = Number.POSITIVE_INFINITY }) => {
      const bytes = Buffer.from(body);
      const fields = {
        ...{ host: 'updates.example', connection: 'close', authorization: `TargetToken ${token}` },
        ...{ 'content-type': 'application/json', 'content-length': `${bytes.length}` },
        ...headers,
      };
      const shown = Object.entries(fields).filter(([, value]) => value !== '');
      const lines = shown.map(([name, value]) => `${name}: ${value}\r\n`);
      const head = Buffer.from(`POST /DEFAULT/controller/v1/${id}${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      const before = long;
      const rest = [() => vi.waitUntil(() => long > before), bytes.subarray(at)];
      const first = Buffer.concat([head, bytes.subarray(0, at)]);
      const { text } = await sendRaw(port, first, ...(at < bytes.length ? rest : []));
      return text.replaceAll(/^(date|connection): .*\r\n/gim, '');
    },
    long: () => long,
    noted,
    close: () => app.close(),
  };
};

let failing: Error | undefined;
const brittle = (store: Store): Store => ({
  ...store,
  commit: (change) => (failing === undefined ? store.commit(change) : Promise.reject(failing)),
});

let fleet: Fleet;
let [quick, long]: Way[] = [];
let one: TestDevice;
let other: TestDevice;
let path: string;

beforeEach(async () => {
  failing = undefined;
  fleet = await startFleet({}, { store: brittle(openMemory()) });
  [quick, long] = [await startWay(fleet, true), await startWay(fleet, false)];
  [one, other] = [await fleet.device(), await fleet.device()];
  await fleet.campaign([one, other]);
  const { deploymentBase } = await one.links();
  await other.links();
  path = `/deploymentBase/${actionOf(deploymentBase)}/feedback`;
});
afterEach(async () => {
  await Promise.all([quick?.close(), long?.close()]);
  await fleet.api.close();
});

const saying = (execution: string, finished = 'none', more: object = {}): string =>
  JSON.stringify({ id: '1', status: { execution, result: { finished }, ...more } });

/** The same request of one device by the one way, and of another by the other: the answers, which are to be alike. */
const both = async (
  request: Request,
  at = path,
): Promise<{ readonly text: string; readonly wasQuick: boolean }> => {
  const before = quick?.long() ?? 0;
  const text = (await quick?.post(one, at, request)) ?? '';
  expect(text).toBe(await long?.post(other, at, request));
  return { text, wasQuick: quick?.long() === before };
};

const stateOf = async ({ id }: TestDevice) => {
  const { context } = fleet.api;
  const account = (await context.store.accounts.find('DEFAULT'))?.key;
  const device = account && (await context.store.devices.find(account, id));
  if (account === undefined || device === undefined) throw new Error(`there is no ${id}`);
  const [update] = await context.store.updates.ofDevice(account, device.key, 1);
  const log = update && (await context.store.updates.log(account, update.campaign, device.key));
  return { update: { ...update, device: 0, deviceId: '' }, log, versions: device.versions };
};

describe('feedback that comes whole with its head', () => {
  it.each([
    ['what is under way', saying('proceeding', 'none', { details: ['a'], code: 7 })],
    ['a string with a raw line break', saying('proceeding', 'none', { details: 'a-b' }).replace('-', '\n')],
    ['success', saying('closed', 'success')],
    ['failure', saying('closed', 'failure', { details: ['ERROR : no space left'] })],
  ])('is taken past the routes: %s', async (_, body) => {
    const { text, wasQuick } = await both({ body });
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(wasQuick).toBe(true);
    expect(quick?.noted).toEqual([200]);
    expect(await stateOf(one)).toEqual(await stateOf(other));
    expect((await stateOf(one)).log?.total).toBe(1);
  });

  it.each([
    [400, 'no JSON', '{'],
    [400, 'without a status', '{}'],
    [400, 'an unknown word', saying('sleeping')],
  ])('is refused as by the routes: %d, %s', async (status, _, body) => {
    const { text, wasQuick } = await both({ body });
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect([wasQuick, quick?.noted]).toEqual([true, [status]]);
  });

  it('is 404 on an unknown action, and 410 on one that is over', async () => {
    const unknown = await both({ body: saying('proceeding') }, '/deploymentBase/1999999999/feedback');
    await both({ body: saying('closed', 'success') });
    const closed = await both({ body: saying('proceeding') });
    expect([unknown.text.slice(9, 12), closed.text.slice(9, 12)]).toEqual(['404', '410']);
    expect([unknown.wasQuick, closed.wasQuick]).toEqual([true, true]);
  });

  it('is answered that it may come again when the disk is full, and with an error when something fails', async () => {
    failing = new StorageFull(undefined);
    expect((await both({ body: saying('proceeding') })).text).toMatch(/^HTTP\/1\.1 429 /);
    failing = new Error('unexpected');
    const { text, wasQuick } = await both({ body: saying('proceeding') });
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(wasQuick).toBe(true);
  });
});

describe('feedback that is left to the routes', () => {
  const body = saying('proceeding');
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  it.each<[string, Request]>([
    ['in chunks', { body: chunked, headers: { 'transfer-encoding': 'chunked', 'content-length': '' } }],
    ['a body that comes later', { body, at: 0 }],
    ['a body of which a part comes later', { body, at: 9 }],
    ['more than comes at once', { body: saying('proceeding', 'none', { details: ['x'.repeat(70_000)] }) }],
    ['no body', { body: '' }],
    ['another form', { body: new Uint8Array([0xa0]), headers: { 'content-type': 'application/cbor' } }],
    ['a form that nobody knows', { body, headers: { 'content-type': 'text/plain' } }],
    ['no proof', { body, headers: { authorization: '' } }],
    ['a wrong proof', { body, headers: { authorization: 'TargetToken wrong' } }],
  ])('has the same answer: %s', async (_, request) => {
    expect((await both(request)).wasQuick).toBe(false);
  });

  it.each(['?c=1', '/'])('has the same answer: a path that ends in %s', async (end) => {
    expect((await both({ body }, `${path}${end}`)).wasQuick).toBe(false);
  });
});

it('both ways lead to the same state, whatever is said', { timeout: 240_000 }, async () => {
  const words = fc.constantFrom(
    'proceeding',
    'download',
    'downloaded',
    'scheduled',
    'resumed',
    'rejected',
    'canceled',
    'closed',
  );
  const reports = fc.array(fc.tuple(words, fc.constantFrom('none', 'success', 'failure')), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(reports, async (said) => {
      [one, other] = [await fleet.device(), await fleet.device()];
      await fleet.campaign([one, other]);
      const { deploymentBase } = await one.links();
      await other.links();
      for (const [execution, finished] of said) {
        const at = `/deploymentBase/${actionOf(deploymentBase)}/feedback`;
        expect((await both({ body: saying(execution, finished) }, at)).wasQuick).toBe(true);
      }
      expect(await stateOf(one)).toEqual(await stateOf(other));
    }),
    { numRuns: 25 },
  );
});
