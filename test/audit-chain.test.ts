import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AuditHead } from '../src/app/audit-entry.ts';
import { verifyAudit } from '../src/app/audit-log.ts';
import type { Store } from '../src/app/ports.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { accepted, must, newWorld } from './contract/store/world.ts';
import { quickHashing } from './support/api.ts';
import { createTestDatabase } from './support/postgres.ts';
import { ada, sampleEvent } from './support/samples.ts';

/** More than are read in one go. */
const LENGTH = 1_203;

type Cell = string | number | null;

/** A database that somebody else can get at. */
type Opened = {
  readonly store: Store;
  readonly run: (
    sql: string,
    ...values: readonly Cell[]
  ) => Promise<readonly Readonly<Record<string, Cell>>[]>;
  readonly end: () => Promise<void>;
};

const openFile = async (): Promise<Opened> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-audit-'));
  const file = join(directory, 'muster.db');
  const store = await openSqlite(file);
  const stranger = new DatabaseSync(file);
  return {
    store,
    run: async (sql, ...values) => stranger.prepare(sql).all(...values) as Record<string, Cell>[],
    end: async () => {
      stranger.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

const openServer = async (url: string): Promise<Opened> => {
  const database = await createTestDatabase(url);
  const store = await openPostgres({ url: database.url, pool: 4 });
  const stranger = new pg.Client({ connectionString: database.url });
  await stranger.connect();
  let n = 0;
  return {
    store,
    run: async (sql, ...values) => {
      n = 0;
      const numbered = sql.replaceAll('?', () => {
        n += 1;
        return `$${n}`;
      });
      return (await stranger.query(numbered, [...values])).rows;
    },
    end: async () => {
      await stranger.end();
      await store.close();
      await database.drop();
    },
  };
};

const tampering = (open: () => Promise<Opened>): void => {
  let opened: Opened;
  let account: Parameters<typeof verifyAudit>[1];
  let head: AuditHead;

  beforeAll(async () => {
    opened = await open();
    const world = await newWorld(opened.store);
    account = world.account;
    for (let n = 1; n < LENGTH; n += 300) {
      const events = Array.from({ length: Math.min(300, LENGTH - n) }, () =>
        sampleEvent(undefined, { actor: ada }),
      );
      accepted(await world.attempt([], events));
    }
    head = await opened.store.audit.head(account);
  });
  afterAll(() => opened.end());

  const look = async (checkpoint?: AuditHead) => {
    const result = await verifyAudit({ store: opened.store, hashing: quickHashing }, account, checkpoint);
    return result.ok ? result.value : undefined;
  };

  /** What looking finds while a cell is another, which is put back afterwards. */
  const whileChanged = async (column: string, n: number, alter: (was: Cell) => Cell) => {
    const [row] = await opened.run(
      `select ${column} as cell from audit where account = ? and n = ?`,
      account,
      n,
    );
    const was = must(row)['cell'] ?? null;
    const put = (cell: Cell) =>
      opened.run(`update audit set ${column} = ? where account = ? and n = ?`, cell, account, n);
    await put(alter(was));
    const verdict = await look();
    await put(was);
    return verdict;
  };

  const flipped = (at: number) => (was: Cell) => {
    const text = String(was);
    const other = String.fromCharCode(text.charCodeAt(at) ^ 1);
    return text.slice(0, at) + other + text.slice(at + 1);
  };

  it('is intact as it was written', async () => {
    expect(head.n).toBe(LENGTH);
    expect(await look()).toEqual({ intact: true, head });
  });

  it.each([1, 2, 999, 1_000, 1_001, LENGTH])('names entry %i when one byte of it is another', async (n) => {
    const { length } = must((await opened.store.audit.after(account, n - 1, 1))[0]).entry;
    for (const at of [0, Math.floor(length / 3), Math.floor(length / 2), length - 1]) {
      expect(await whileChanged('entry', n, flipped(at))).toMatchObject({ intact: false, n });
    }
  });

  it('names an entry when one byte of its hash, or of what it is searched by, is another', async () => {
    for (const column of ['hash', 'actor', 'action', 'object']) {
      expect(await whileChanged(column, 500, flipped(3))).toMatchObject({ intact: false, n: 500 });
    }
    expect(await whileChanged('at', 500, (was) => Number(was) + 1)).toMatchObject({ intact: false, n: 500 });
    expect(await whileChanged('campaign', 500, () => 'other')).toMatchObject({ intact: false, n: 500 });
    expect(await look()).toMatchObject({ intact: true });
  });

  it('names the one after it when an entry was made anew with its hash', async () => {
    const [link] = await opened.store.audit.after(account, 699, 1);
    const entry = must(link).entry.replace('"data":{}', '"data":{"note":"nothing happened"}');
    const put = (text: string) =>
      opened.run(
        'update audit set entry = ?, hash = ? where account = ? and n = ?',
        ...[text, quickHashing.sha256(text), account, 700],
      );
    await put(entry);
    const verdict = await look();
    await put(must(link).entry);
    expect(verdict).toMatchObject({ intact: false, n: 701 });
  });

  it('names the first that is gone, in the middle and at the end', async () => {
    for (const n of [800, LENGTH]) {
      await opened.run('update audit set account = 99 where account = ? and n = ?', account, n);
      expect(await look()).toMatchObject({ intact: false, n });
      await opened.run('update audit set account = ? where account = 99', account);
    }
  });

  it('is told to be shorter by a checkpoint, when its end was cut with what is noted of it', async () => {
    const [last] = await opened.store.audit.after(account, LENGTH - 2, 1);
    await opened.run('update audit set account = 99 where account = ? and n = ?', account, LENGTH);
    await opened.run(
      'update audit_heads set n = ?, hash = ? where account = ?',
      LENGTH - 1,
      must(last).hash,
      account,
    );
    expect(await look()).toMatchObject({ intact: true, head: { n: LENGTH - 1 } });
    expect(await look(head)).toMatchObject({ intact: false, n: LENGTH });
    await opened.run('update audit set account = ? where account = 99', account);
    await opened.run('update audit_heads set n = ?, hash = ? where account = ?', head.n, head.hash, account);
    expect(await look(head)).toEqual({ intact: true, head });
  });

  it('is told to be another by a checkpoint', async () => {
    expect(await look({ n: 300, hash: '1'.repeat(64) })).toMatchObject({ intact: false, n: 300 });
  });
};

describe('the audit chain in an SQLite file', () => {
  tampering(openFile);
});

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('the audit chain in PostgreSQL', () => {
  tampering(() => openServer(server ?? ''));
});
