import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeBackup } from '../src/app/backup.ts';
import { sweepBytes } from '../src/app/package-sweep.ts';
import { HOUR } from '../src/domain/time.ts';
import { peekManifest, verifyBackup } from '../src/server/backup/read.ts';
import { BadBackup } from '../src/server/backup/tar-reader.ts';
import { createContext } from '../src/server/context.ts';
import { recount } from './contract/store/world.ts';
import { contentOf, saveTo } from './support/backup-file.ts';
import {
  type BusyServer,
  beginBackup,
  digestOf,
  lookAt,
  newBusyServer,
  newPlace,
  type Place,
  restoreTo,
  uploadPackage,
} from './support/backup-world.ts';
import { ada } from './support/samples.ts';

const postgres = inject('postgresUrl');
const engines = [
  ['SQLite', undefined],
  ['PostgreSQL', postgres],
] as const;

let directory: string;
let files = 0;
const newFile = (): string => {
  files += 1;
  return join(directory, `${files}.tar`);
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-backups-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const places: Place[] = [];
const place = async (...given: Parameters<typeof newPlace>): Promise<Place> => {
  const made = await newPlace(...given);
  places.push(made);
  return made;
};
afterAll(async () => {
  for (const one of places) await one.end();
});

/** A server that is stopped when the work is done. */
const busy = async (at: Place, work: (server: BusyServer) => Promise<void>): Promise<void> => {
  const server = await newBusyServer(at);
  await work(server).finally(server.context.dispose);
};

describe.each(engines)('a backup of %s', (name, server) => {
  const absent = name === 'PostgreSQL' && postgres === undefined;

  it.skipIf(absent)('is what there was when it began, whatever is written until it ends', async () => {
    await busy(await place(server), async (source) => {
      const { context, fleet, campaign, step } = source;
      for (let n = 0; n < 10; n += 1) await step();
      const { bytes, seen } = await beginBackup(source, campaign);
      const file = newFile();
      await saveTo(file, bytes, step);
      const later = await lookAt(context.store, fleet.operator.account.id, campaign);
      expect(later.events.length).toBeGreaterThan(seen.events.length + 20);

      const target = await place(server);
      const { summary } = await restoreTo(target, file);
      expect(summary.missing).toEqual([]);
      const restored = await createContext(target.config);
      const found = await lookAt(restored.store, fleet.operator.account.id, campaign);
      expect(found).toEqual(seen);
      expect(found.audit).toMatchObject({ intact: true });
      const { open, closed } = found.counts;
      expect({ open: positive(open), closed: positive(closed) }).toEqual(recount(found.updates));
      expect(found.events.map(({ seq }) => seq)).toEqual(found.events.map((_, index) => index + 1));
      for (const { digests } of found.packages) {
        expect(await digestOf(restored, digests.sha256)).toBe(digests.sha256);
      }
      // It goes on where the other was: keys, numbers and sealed texts.
      const about = 'credential x';
      expect(restored.sealing.open(context.sealing.seal('secret', about), about)).toBe('secret');
      await restored.dispose();
    });
  });

  it.skipIf(absent)('has every table that there is', async () => {
    const { config } = await place(server);
    const { backups, dispose } = await createContext(config);
    const file = newFile();
    await saveTo(file, backups.write({ withKey: false })).finally(dispose);
    const tables = (await peekManifest(file)).tables.map((table) => table.name);
    expect(tables.toSorted()).toEqual(await tablesOf(config));
  });

  it.skipIf(absent)('has the bytes of packages that are deleted while it is made', async () => {
    await busy(await place(server), async ({ context, fleet, ...rest }) => {
      const doomed = await uploadPackage(context, fleet, randomBytes(5_000));
      const { bytes } = await beginBackup({ context, fleet, ...rest }, rest.campaign);
      await fleet.world.write({ drop: 'package', was: doomed });
      const later = () => Date.now() + 2 * HOUR;
      expect(await sweepBytes({ ...context, clock: later })).toBe(0);
      const file = newFile();
      await saveTo(file, bytes);
      const { packages, missing } = await contentOf(file);
      expect(missing).toEqual([]);
      expect(packages).toContain(doomed.digests.sha256);
      expect(await sweepBytes({ ...context, clock: later })).toBe(1);
    });
  });

  it.skipIf(absent)('lets go of everything when nobody reads it to its end', async () => {
    await busy(await place(server), async (source) => {
      const { bytes } = await beginBackup(source, source.campaign);
      expect(await source.context.holds.held()).toBe(true);
      for await (const _ of bytes) break;
      expect(await source.context.holds.held()).toBe(false);
      const unread = (await beginBackup(source, source.campaign)).bytes;
      await unread[Symbol.asyncIterator]().return?.();
      expect(await source.context.holds.held()).toBe(false);
    });
  });
});

/**
 * Not in a backup: which migrations ran, what processes have under way, and the partitions of a table, whose rows are
 * its own.
 */
const LEFT_OUT = /^(sqlite_.*|migrations|leases|uploads|upload_pieces|events_.*)$/;

/** All other tables of a database, by name. */
const tablesOf = async ({ database }: Place['config']): Promise<readonly string[]> => {
  if (database.kind === 'sqlite') {
    const connection = new DatabaseSync(database.file, { readOnly: true });
    const rows = connection.prepare("select name from sqlite_schema where type = 'table'").all();
    connection.close();
    return rows
      .map((row) => String(row['name']))
      .filter((name) => !LEFT_OUT.test(name))
      .toSorted();
  }
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
  await client.end();
  return rows
    .map(({ name }) => String(name))
    .filter((name) => !LEFT_OUT.test(name))
    .toSorted();
};

const positive = (counts: object): object =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

describe.skipIf(postgres === undefined)('from one engine to the other', () => {
  it('there is the same in every table, there and back again', async () => {
    const [first, second, third] = [newFile(), newFile(), newFile()];
    await busy(await place(), async (source) => {
      for (let n = 0; n < 12; n += 1) await source.step();
      await saveTo(first, (await beginBackup(source, source.campaign)).bytes);
    });
    const [there, back] = [await place(postgres), await place()];
    await restoreTo(there, first);
    await rewrite(there, second);
    await restoreTo(back, second);
    await rewrite(back, third);
    const [one, two, three] = [await contentOf(first), await contentOf(second), await contentOf(third)];
    expect(three).toEqual(one);
    expect(two.rows).toEqual(one.rows);
    expect(two.packages.toSorted()).toEqual(one.packages.toSorted());
    expect(one.rows['updates']).toBe(40);
  });
});

/** A backup of what was restored, before anything is written there. */
const rewrite = async ({ config }: Place, file: string): Promise<void> => {
  const { backups, dispose } = await createContext(config);
  await saveTo(file, backups.write({ withKey: true })).finally(dispose);
};

describe('a file', () => {
  let good: string;
  beforeAll(async () => {
    good = newFile();
    await busy(await place(), async (source) => {
      for (let n = 0; n < 5; n += 1) await source.step();
      await saveTo(good, (await beginBackup(source, source.campaign)).bytes);
    });
  });

  it('that is whole is found to be so', async () => {
    expect((await verifyBackup(good)).summary.rows['updates']).toBe(40);
  });

  it('that is cut short anywhere is refused, and nothing is written', async () => {
    const { size } = await stat(good);
    const cut = newFile();
    const target = await place();
    const lengths = [0, 1, 511, 512, size - 1, size - 1025, size - 2048, size - 2047];
    const spread = Array.from({ length: 12 }, (_, n) => Math.floor((size * (n + 1)) / 14));
    for (const length of [...lengths, ...spread]) {
      await copyFile(good, cut);
      await truncate(cut, length);
      await expect(restoreTo(target, cut), `${length} bytes`).rejects.toThrow(BadBackup);
    }
    await expect(readdir(target.config.dataDirectory)).rejects.toThrow();
  });

  it('of which any byte was altered is refused', async () => {
    const bytes = await readFile(good);
    const altered = newFile();
    // Zeros after the last entry mean nothing.
    const last = bytes.length - 1024 - 512;
    const positions = Array.from({ length: 40 }, (_, n) => Math.floor((last * n) / 40));
    const wrong: number[] = [];
    for (const at of [...positions, 20, last + 3]) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0x21;
      await writeFile(altered, copy);
      await verifyBackup(altered).then(
        () => wrong.push(at),
        (error: unknown) => expect(error).toBeInstanceOf(BadBackup),
      );
    }
    expect(wrong).toEqual([]);
  });

  it('that is something else is refused', async () => {
    const other = newFile();
    for (const content of ['hello', 'x'.repeat(5_000), JSON.stringify({ format: 'muster-backup' })]) {
      await writeFile(other, content);
      await expect(verifyBackup(other)).rejects.toThrow(BadBackup);
    }
  });
});

describe('a restore', () => {
  let withoutKey: string;
  let source: Place;
  beforeAll(async () => {
    withoutKey = newFile();
    source = await place();
    await busy(source, async (server) => {
      await saveTo(withoutKey, (await beginBackup(server, server.campaign, false)).bytes);
    });
  });
  const keyOf = ({ config }: Place): string => join(config.dataDirectory, 'secrets.key');

  it('of a backup without its key asks for the key, before anything is written', async () => {
    const target = await place();
    await expect(restoreTo(target, withoutKey)).rejects.toThrow(/made without its key: give the secrets.key/);
    await expect(readdir(target.config.dataDirectory)).rejects.toThrow();
  });

  it('refuses a key that is another, wherever it comes from', async () => {
    const [target, other] = [await place(), newFile()];
    await writeFile(other, randomBytes(32).toString('base64'));
    await expect(restoreTo(target, withoutKey, other)).rejects.toThrow(/is not the key of the server/);
    const set = await place(undefined, { MUSTER_SECRETS_KEY: randomBytes(32).toString('base64') });
    await expect(restoreTo(set, withoutKey)).rejects.toThrow(/MUSTER_SECRETS_KEY is not the key/);
    await writeFile(other, 'nonsense');
    await expect(restoreTo(target, withoutKey, other)).rejects.toThrow(/holds no key/);
    await expect(restoreTo(target, withoutKey, `${other}.absent`)).rejects.toThrow(/cannot be read/);
  });

  it('takes the key from a file, or from the directory where somebody has put it', async () => {
    const [target, prepared] = [await place(), await place()];
    await restoreTo(target, withoutKey, keyOf(source));
    const key = await readFile(keyOf(source), 'utf8');
    expect(await readFile(keyOf(target), 'utf8')).toBe(key);
    await mkdir(prepared.config.dataDirectory);
    await copyFile(keyOf(source), keyOf(prepared));
    await restoreTo(prepared, withoutKey);
    expect(await readFile(keyOf(prepared), 'utf8')).toBe(key);
  });

  it('refuses a directory that has anything in it', async () => {
    await expect(restoreTo(source, withoutKey)).rejects.toThrow(/is not empty \(muster.db\)/);
    const target = await place();
    await mkdir(target.config.dataDirectory);
    await writeFile(join(target.config.dataDirectory, 'notes.txt'), 'mine');
    await expect(restoreTo(target, withoutKey, keyOf(source))).rejects.toThrow(/is not empty \(notes.txt\)/);
    expect(await readdir(target.config.dataDirectory)).toEqual(['notes.txt']);
  });

  it.skipIf(postgres === undefined)('refuses a database that has any table', async () => {
    const target = await place(postgres);
    await (await createContext(target.config)).dispose();
    await rm(target.config.dataDirectory, { recursive: true });
    await expect(restoreTo(target, withoutKey, keyOf(source))).rejects.toThrow(/database is not empty/);
  });
});

describe('packages that were lost before', () => {
  it('are named, and all the rest is in the backup', async () => {
    const at = await place();
    await busy(at, async (source) => {
      const { context, fleet } = source;
      const lost = await uploadPackage(context, fleet, randomBytes(1_000));
      const rotten = await uploadPackage(context, fleet, randomBytes(1_000));
      await context.blobs.remove(lost.digests.sha256);
      const { sha256 } = rotten.digests;
      await writeFile(
        join(at.config.dataDirectory, 'packages', sha256.slice(0, 2), sha256),
        randomBytes(1_000),
      );
      const bytes = await makeBackup(
        context,
        { account: fleet.operator.account, actor: ada },
        { withKey: true },
      );
      const file = newFile();
      await saveTo(file, bytes);
      const target = await place();
      const { summary } = await restoreTo(target, file);
      expect(summary.missing.toSorted()).toEqual([lost.digests.sha256, sha256].toSorted());
      const restored = await createContext(target.config);
      expect(await restored.blobs.size(sha256)).toBeUndefined();
      expect(await digestOf(restored, source.first.digests.sha256)).toBe(source.first.digests.sha256);
      await restored.dispose();
    });
  });
});
