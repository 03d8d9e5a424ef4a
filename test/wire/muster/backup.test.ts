import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backups } from '../../../src/app/backup-ports.ts';
import { verifyBackup } from '../../../src/server/backup/read.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest } from '../../support/guests.ts';

let directory: string;
let api: Api;
/** What the next backup does in place of the real one. */
let instead: Backups['write'] | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-backup-api-'));
  const store = await openSqlite(join(directory, 'muster.db'));
  api = await startApi({ store }, { MUSTER_DATA: directory });
  const { backups } = api.context;
  const real = backups.write;
  const write: Backups['write'] = (options) => (instead ?? real)(options);
  Object.assign(backups, { write });
});
beforeEach(() => {
  instead = undefined;
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

const made = async () => (await api.call('GET', '/audit?action=backup-made')).body.items;

describe('a backup over the API', () => {
  it('is a tar to be saved, that nobody keeps on the way', async () => {
    const { status, headers, body } = await api.call('GET', '/backup');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/x-tar',
      'cache-control': 'no-store',
      'content-disposition': expect.stringMatching(/^attachment; filename="muster-[\dTZ-]+\.tar"/),
    });
    const file = join(directory, 'saved.tar');
    await writeFile(file, body);
    expect((await verifyBackup(file)).manifest.withKey).toBe(false);
  });

  it('is told in the audit before anything of it is sent, with who it was and whether the key is in it', async () => {
    const before = (await made()).length;
    await api.call('GET', '/backup?key=true');
    const [entry] = await made();
    expect(await made()).toHaveLength(before + 1);
    expect(entry).toMatchObject({
      data: { withKey: true },
      object: { kind: 'server', id: 'server' },
      origin: { wire: 'muster' },
    });
  });

  it('is not for administrators of an account, and not for a token that is bound to one', async () => {
    const guest = await newGuest(api, ['View Audit Logs', 'Edit Organization']);
    const { status, body } = await api.call('GET', '/backup', { as: guest });
    expect([status, body.code]).toEqual([403, 'forbidden']);
    const bound = (await api.call('POST', '/tokens', { body: { name: 'bound' } })).body.token;
    expect((await api.call('GET', '/backup', { as: bound })).status).toBe(403);
    const free = (await api.call('POST', '/tokens', { body: { name: 'free', account: false } })).body.token;
    expect((await api.call('GET', '/backup', { as: free })).status).toBe(200);
  });

  it('that cannot begin is a problem, not half a file, and holds nothing', async () => {
    instead = async function* () {
      yield* [];
      throw new Error('no connection');
    };
    const { status, body } = await api.call('GET', '/backup');
    expect([status, body.code]).toEqual([500, 'server/failed']);
    expect(await api.context.holds.held()).toBe(false);
  });

  it('that fails on the way breaks off, so that nobody takes it for a whole', async () => {
    instead = async function* () {
      yield Buffer.alloc(100_000);
      await new Promise(setImmediate);
      throw new Error('the disk is gone');
    };
    const reply = await fetch(`${await listening()}/api/v1/backup`, {
      headers: { authorization: `Bearer ${api.admin}` },
    });
    expect(reply.status).toBe(200);
    await expect(reply.arrayBuffer()).rejects.toThrow();
    expect(await api.context.holds.held()).toBe(false);
  });

  it('lets go of everything when the client hangs up', async () => {
    const released = Promise.withResolvers<void>();
    instead = async function* () {
      try {
        for (;;) {
          yield Buffer.alloc(65_536);
          await new Promise(setImmediate);
        }
      } finally {
        released.resolve();
      }
    };
    const url = new URL(`${await listening()}/api/v1/backup`);
    const asked = request(url, { headers: { authorization: `Bearer ${api.admin}` } }).end();
    const [reply] = await once(asked, 'response');
    await once(reply, 'data');
    expect(await api.context.holds.held()).toBe(true);
    asked.on('error', () => undefined);
    reply.on('error', () => undefined);
    reply.destroy();
    await released.promise;
    while (await api.context.holds.held()) await new Promise(setImmediate);
  });
});

const listening = async (): Promise<string> => {
  if (!api.http.server.listening) await api.http.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(api.http.server.address() as AddressInfo).port}`;
};
