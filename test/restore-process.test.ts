import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { UnfinishedRestore } from '../src/server/backup/marker.ts';
import { createContext } from '../src/server/context.ts';
import { saveTo } from './support/backup-file.ts';
import {
  beginBackup,
  lookAt,
  newBusyServer,
  newPlace,
  type Place,
  restoreTo,
  uploadPackage,
} from './support/backup-world.ts';
import { killLaunched, launch, serve } from './support/muster-process.ts';

const postgres = inject('postgresUrl');

let directory: string;
let file: string;
let seen: Awaited<ReturnType<typeof lookAt>>;
let source: Awaited<ReturnType<typeof newBusyServer>>;
const places: Place[] = [];
const place = async (server?: string): Promise<Place> => {
  const made = await newPlace(server);
  places.push(made);
  return made;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-restores-'));
  file = join(directory, 'backup.tar');
  source = await newBusyServer(await place());
  // Large enough that a restore can be met while it is under way.
  await uploadPackage(source.context, source.fleet, randomBytes(48 * 1024 * 1024));
  const backup = await beginBackup(source, source.campaign);
  seen = backup.seen;
  await saveTo(file, backup.bytes);
  await source.context.dispose();
});
afterAll(async () => {
  killLaunched();
  for (const one of places) await one.end();
  await rm(directory, { recursive: true, force: true });
});

/** `test/support/killed-restore.ts` tells them by what is on the disk. */
const moments = ['it has begun', 'packages come', 'the key is there'];

describe.each([
  ['SQLite', undefined],
  ['PostgreSQL', postgres],
] as const)('a restore into %s that is killed', (name, server) => {
  it.skipIf(name === 'PostgreSQL' && server === undefined).each(moments)(
    'when %s leaves nothing that a server starts on, and can be run again',
    async (moment) => {
      const target = await place(server);
      const restore = launch('../test/support/killed-restore.ts', [file, moment], target.env);
      expect(await restore.exit).toBeNull();

      const started = launch('server/main.ts', [], { MUSTER_PORT: '0', ...target.env });
      expect(await started.exit).toBe(1);
      expect(started.err()).toMatch(/^a restore into .* was not finished/);
      await expect(createContext(target.config)).rejects.toThrow(UnfinishedRestore);

      await restoreTo(target, file);
      const restored = await createContext(target.config);
      expect(await lookAt(restored.store, source.fleet.operator.account.id, source.campaign)).toEqual(seen);
      await restored.dispose();
    },
  );
});

describe('a server', () => {
  it('starts on what was restored, and signs in who could', async () => {
    const admin = { MUSTER_ADMIN_PASSWORD: 'correct horse battery' };
    const [from, to] = [await place(), await place()];
    const first = await serve({ ...from.env, ...admin });
    const signIn = (url: string) =>
      fetch(`${url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'admin@localhost', password: admin.MUSTER_ADMIN_PASSWORD }),
      });
    const { token } = (await (await signIn(first.url)).json()) as { readonly token: string };
    const saved = join(directory, 'whole.tar');
    const reply = await fetch(`${first.url}/api/v1/backup?key=true`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(reply.headers.get('content-type')).toBe('application/x-tar');
    await saveTo(saved, reply.body as AsyncIterable<Uint8Array>);
    await first.stop();

    await restoreTo(to, saved);
    const second = await serve(to.env);
    expect(second.out()).not.toContain('password');
    expect((await signIn(second.url)).status).toBe(201);
    const session = await fetch(`${second.url}/api/v1/session`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(session.status).toBe(200);
    expect(await second.stop()).toBe(0);
  });
});
