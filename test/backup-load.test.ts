import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createClient } from '../src/client/muster.ts';
import { saveTo } from './support/backup-file.ts';
import { newPlace, type Place, restoreTo } from './support/backup-world.ts';
import { noteFigure } from './support/figures.ts';
import { killLaunched, muster, serve, until } from './support/muster-process.ts';

const run = promisify(execFile);
const postgres = inject('postgresUrl');

let directory: string;
const places: Place[] = [];
const place = async (server?: string): Promise<Place> => {
  const made = await newPlace(server);
  places.push(made);
  return made;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-busy-'));
});
afterAll(async () => {
  killLaunched();
  for (const one of places) await one.end();
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['SQLite', undefined],
  ['PostgreSQL', postgres],
] as const)('a server over %s that is written to from all sides', (name, server) => {
  const absent = name === 'PostgreSQL' && server === undefined;
  const env = { MUSTER_ADMIN_PASSWORD: 'correct horse battery', MUSTER_RATE_LIMIT: '0' };

  it.skipIf(absent)('is saved as it was between two acknowledged writes', async () => {
    const [from, to] = [await place(server), await place(server)];
    const busy = await serve({ ...from.env, ...env });
    const signedIn = async (url: string) => {
      const body = { email: 'admin@localhost', password: env.MUSTER_ADMIN_PASSWORD };
      return createClient({ url, token: (await createClient({ url }).signIn({ body })).token });
    };
    const client = await signedIn(busy.url);
    const [devices, packages]: [string[], string[]] = [[], []];
    let writing = true;
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let n = 0; writing; n += 1) {
        devices.push((await client.createDevice({ body: { id: `d-${writer}-${n}` } })).id);
        if (n % 4 > 0) continue;
        const query = { name: `p-${writer}-${n}`, version: '1', kind: 'file', fileName: 'p.bin' } as const;
        const bytes = { type: 'application/octet-stream', data: randomBytes(20_000) };
        packages.push((await client.createPackage({ query, bytes })).id);
      }
    });
    await until(() => devices.length > 60);
    const before = { devices: [...devices], packages: [...packages] };
    const saved = join(directory, `busy-${name}.tar`);
    const reply = await client.makeBackup({ query: { key: true } });
    await saveTo(saved, reply.body as unknown as AsyncIterable<Uint8Array>);
    const { count } = await client
      .createDevice({ body: { id: 'later' } })
      .then(() => client.countDevices({}));
    await until(() => devices.length > before.devices.length + 60);
    writing = false;
    await Promise.all(writers);
    await busy.stop();

    await restoreTo(to, saved);
    const { out, code } = await muster(['doctor', '--deep', '-o', 'json'], to.env);
    const findings: readonly { readonly level: string }[] = JSON.parse(out);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    const restored = await serve({ ...to.env, ...env });
    const again = await signedIn(restored.url);
    for (const device of before.devices)
      expect((await again.getDevice({ params: { device } })).id).toBe(device);
    for (const id of before.packages)
      expect((await again.getPackage({ params: { package: id } })).id).toBe(id);
    await expect(again.getDevice({ params: { device: 'later' } })).rejects.toThrow(/not/i);
    expect((await again.countDevices({})).count).toBeLessThan(count);
    await restored.stop();
    const { devices: told, packages: kept } = before;
    await noteFigure({
      ...{ id: 'R-31', part: name, seed: null, command: 'npm test', pass: true },
      result: `${told.length} devices and ${kept.length} packages acknowledged before it are there`,
    });
  });
});

describe('memory', () => {
  const script = new URL('./support/backup-memory.ts', import.meta.url).pathname;
  /** MiB of packages, and how much more memory the larger may take; 1 GiB takes no more than 256 MiB do. */
  const [SMALL, LARGE, MORE] = [8, 224, 112];

  /** Peaks of a backup and a restore of so many MiB of packages. */
  const peaks = async (mebibytes: number): Promise<readonly number[]> => {
    const own = await mkdtemp(join(directory, 'memory-'));
    const args = ['--no-warnings', '--max-old-space-size=96', script, own, `${mebibytes}`];
    const found: number[] = [];
    for (const more of [[], ['restore']]) {
      const { stdout } = await run(process.execPath, [...args, ...more]);
      found.push((JSON.parse(stdout) as { readonly peak: number }).peak);
    }
    await rm(own, { recursive: true });
    return found;
  };

  it('does not grow with the packages, neither of a backup nor of a restore', async () => {
    const [small, large] = [await peaks(SMALL), await peaks(LARGE)];
    for (const [index, peak] of large.entries()) expect(peak - (small[index] ?? 0)).toBeLessThan(MORE);
  });
});
