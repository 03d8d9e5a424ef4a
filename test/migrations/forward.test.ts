import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Engine } from '../../src/store/engine.ts';
import { postgresEngine } from '../../src/store/engine-postgres.ts';
import { sqliteEngine } from '../../src/store/engine-sqlite.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { noteFigure } from '../support/figures.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import {
  type EngineName,
  layOutPostgres,
  layOutSqlite,
  type Release,
  type Row,
  releases,
  textsOf,
  textsOfRelease,
  withClient,
} from './release.ts';

const run = promisify(execFile);
const doomed = fileURLToPath(new URL('doomed.ts', import.meta.url));

/** How many steps there were; `undefined` when it was killed before that one. */
const bringForward = async (
  engine: EngineName,
  place: string,
  killedAt: number,
): Promise<number | undefined> => {
  const ran = run(process.execPath, ['--no-warnings', doomed, engine, place, `${killedAt}`]);
  try {
    return Number((await ran).stdout);
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return undefined;
    throw error;
  }
};

/** A copy of what a release has left. */
type Copy = {
  readonly place: string;
  readonly read: (sql: string) => Promise<readonly Row[]>;
  /** Starts on it as a server does, and stops. */
  readonly open: () => Promise<void>;
  readonly end: () => Promise<void>;
};

const NEVER = 0;
const AT_ONCE = 4;

/** The same for every step, several at a time. */
const forEachStep = async (count: number, work: (step: number) => Promise<void>): Promise<void> => {
  const left = Array.from({ length: count }, (_, index) => index + 1);
  const worker = async (): Promise<void> => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) await work(step);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

const comesForward = (engine: EngineName, release: Release, copy: () => Promise<Copy>): void => {
  const within = async (test: (one: Copy) => Promise<void>): Promise<void> => {
    const one = await copy();
    await test(one).finally(one.end);
  };
  const kept = textsOfRelease(release);
  const applied = async ({ read }: Copy): Promise<readonly unknown[]> =>
    (await read('select number from migrations order by number')).map(({ number }) => number);
  const known = migrations.map(({ number }) => number);
  /** Everything is as it was but for the list of migrations, which has grown. */
  const isWhole = async (one: Copy): Promise<void> => {
    const { migrations: _, ...texts } = await textsOf(release, one.read);
    const { migrations: __, ...were } = kept;
    expect(texts).toEqual(were);
    expect(await applied(one)).toEqual(known);
  };

  it('comes forward with every row as it was', () =>
    within(async (one) => {
      await bringForward(engine, one.place, NEVER);
      await isWhole(one);
    }));

  it('comes forward after a kill at any step', async () => {
    let steps = 0;
    await within(async ({ place }) => {
      steps = (await bringForward(engine, place, NEVER)) ?? 0;
    });
    // Each migration that the release does not know makes the table that tells of them, and ends.
    expect(steps).toBeGreaterThan(2 * (known.length - release.migrations.length));
    await forEachStep(steps, (step) =>
      within(async (one) => {
        expect(await bringForward(engine, one.place, step)).toBeUndefined();
        const so = await applied(one);
        expect(known.slice(0, so.length)).toEqual(so);
        await one.open();
        await isWhole(one);
      }),
    );
    await noteFigure({
      ...{ id: 'R-30', part: `${release.version} on ${engine}`, seed: null, command: 'npm test', pass: true },
      result: `killed at each of ${steps} steps, every row is there`,
    });
  });
};

const server = inject('postgresUrl');

describe.each(releases())('release $version', { timeout: 240_000 }, (release) => {
  let directory: string;
  let template: TestDatabase | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-forward-'));
    layOutSqlite(join(directory, 'release.db'), release);
    if (server === undefined) return;
    template = await createTestDatabase(server);
    await layOutPostgres(template.url, release);
  });
  afterAll(async () => {
    await template?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  describe('on SQLite', () => {
    let made = 0;
    comesForward('sqlite', release, async () => {
      made += 1;
      const place = join(directory, `${made}.db`);
      copyFileSync(join(directory, 'release.db'), place);
      const read = async (sql: string): Promise<readonly Row[]> => {
        const connection = new DatabaseSync(place);
        const rows = connection.prepare(sql).all() as readonly Row[];
        connection.close();
        return rows;
      };
      const open = async () => (await openSqlite(place)).close();
      return { place, read, open, end: async () => undefined };
    });
  });

  describe.skipIf(server === undefined)('on PostgreSQL', () => {
    comesForward('postgres', release, async () => {
      const name = new URL(template?.url ?? '').pathname.slice(1);
      const { url, drop } = await createTestDatabase(server ?? '', name);
      const read = (sql: string) => withClient(url, async (client) => (await client.query<Row>(sql)).rows);
      const open = async () => (await openPostgres({ url, pool: 1 })).close();
      return { place: url, read, open, end: drop };
    });
  });

  it.each<readonly [EngineName, Engine]>([
    ['sqlite', sqliteEngine],
    ['postgres', postgresEngine],
  ])('has migrations on %s that nobody has edited since', (name, { schema }) => {
    for (const frozen of release.migrations) {
      const statements = migrations.find(({ number }) => number === frozen.number)?.statements(schema) ?? [];
      const digest = createHash('sha256').update(statements.join('\0')).digest('hex');
      expect(digest, `migration ${frozen.number} (${frozen.name})`).toBe(frozen[name]);
    }
  });
});
