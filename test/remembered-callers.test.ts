import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { DAY } from '../src/domain/time.ts';
import { openMemory } from '../src/store/memory.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { newWorld } from './contract/store/world.ts';
import { type Api, startApi } from './support/api.ts';
import { sampleDevice, sampleUser, unique } from './support/samples.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const openFile = async (): Promise<{ readonly file: string; readonly store: Store }> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-callers-'));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'muster.db');
  return { file, store: await openSqlite(file) };
};

/** Somebody with a role of their own, who has called once and so is remembered. */
const withCaller = async (store: Store) => {
  const api = await startApi({ store });
  closing.push(api.close);
  const make = async (path: string, body: object) => (await api.call('POST', path, { body })).body;
  const role = await make('/roles', { name: unique('Role'), permissions: ['View Device'] });
  const [email, password] = [`${unique('ada')}@example.com`, 'a long enough one'];
  const user = await make('/users', { email, name: 'Ada', password, roleIds: [role.id] });
  const session = await make('/session', { email, password });
  const look = async () => (await api.call('GET', '/devices', { as: session.token })).status;
  expect(await look()).toBe(200);
  return { api, look, role, user, token: session.token as string };
};

const edits: [
  string,
  (api: Api, given: Awaited<ReturnType<typeof withCaller>>) => Promise<unknown>,
  number,
][] = [
  [
    'the person is disabled',
    (api, { user }) => api.call('PATCH', `/users/${user.id}`, { body: { disabled: true } }),
    401,
  ],
  [
    'the role allows it no more',
    (api, { role }) => api.call('PATCH', `/roles/${role.id}`, { body: { permissions: ['View Campaign'] } }),
    403,
  ],
  [
    'the person has another role',
    (api, { user }) => api.call('PATCH', `/users/${user.id}`, { body: { roleIds: [] } }),
    403,
  ],
  ['the session is ended', (api, { token }) => api.call('DELETE', '/session', { as: token }), 401],
  ['the token expires', async (api) => api.pass(400 * DAY), 401],
];

describe.each([
  ['memory', async () => openMemory()],
  ['SQLite', async () => (await openFile()).store],
])('a caller remembered over %s', (_, open) => {
  it.each(edits)('is refused by the next request once %s', async (_why, edit, status) => {
    const given = await withCaller(await open());
    await edit(given.api, given);
    expect(await given.look()).toBe(status);
  });

  it('costs no question while nothing changes', async () => {
    const store = await open();
    let asked = 0;
    const find: Store['tokens']['find'] = (id) => {
      asked += 1;
      return store.tokens.find(id);
    };
    const { api, look } = await withCaller({ ...store, tokens: { ...store.tokens, find } });
    asked = 0;
    await api.context.store.devices.touch((await newWorld(store)).account, []);
    await look();
    const before = asked;
    for (let n = 0; n < 5; n += 1) await look();
    expect(asked).toBe(before);
  });
});

describe('the epoch of identities', () => {
  it('changes with what another process writes to the same file', async () => {
    const { file, store } = await openFile();
    const other = await openSqlite(file);
    closing.push(other.close, store.close);
    const { write } = await newWorld(other);
    await turn();
    const before = store.identityEpoch();
    await write({ save: 'user', value: sampleUser() });
    await turn();
    expect(store.identityEpoch()).not.toBe(before);
  });

  it.each([
    ['memory', async () => openMemory()],
    ['SQLite', async () => (await openFile()).store],
  ])('stays over %s while other records are written', async (_, open) => {
    const store = await open();
    closing.push(store.close);
    const { write } = await newWorld(store);
    const before = store.identityEpoch();
    await write({ save: 'device', value: sampleDevice() });
    expect(store.identityEpoch()).toBe(before);
    await write({ save: 'user', value: sampleUser() });
    expect(store.identityEpoch()).not.toBe(before);
  });
});
