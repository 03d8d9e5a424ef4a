import { expect, it } from 'vitest';
import type { Store } from '../../src/app/ports.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import { sampleAccount } from '../support/samples.ts';
import { must, newAccount } from './store/world.ts';

/** An empty database that stores can be opened on, again and again. */
export type EmptyDatabase = {
  readonly open: (migrations?: readonly Migration[]) => Promise<Store>;
  /** Runs SQL as an administrator would, beside the store. */
  readonly run: (sql: string) => Promise<void>;
  readonly end: () => Promise<void>;
};

const extra = (statements: readonly string[]): readonly Migration[] => [
  ...migrations,
  { number: 900, name: 'extra', breaking: true, statements: () => statements },
];

const applied = (number: number, breaking: number): string =>
  `insert into migrations (number, name, breaking, applied_at) values (${number}, 'tomorrow', ${breaking}, 1)`;

/** What holds of a schema on every engine. */
export const migrationsContract = (create: () => Promise<EmptyDatabase>): void => {
  const within = async (test: (database: EmptyDatabase) => Promise<void>): Promise<void> => {
    const database = await create();
    await test(database).finally(database.end);
  };

  it('keeps what was written when closed and opened again', () =>
    within(async ({ open }) => {
      const first = await open();
      const { id } = sampleAccount();
      const account = await newAccount(first, id);
      await first.close();
      const second = await open();
      expect(must(await second.accounts.find(id)).key).toBe(account);
      expect(await newAccount(second)).toBeGreaterThan(account);
      await second.close();
    }));

  it('can be opened twice at once while empty', () =>
    within(async ({ open }) => {
      const stores = await Promise.all([open(), open(), open()]);
      const ids = stores.map(() => sampleAccount().id);
      for (const [index, store] of stores.entries()) await newAccount(store, ids[index]);
      for (const store of stores) {
        for (const id of ids) expect(await store.accounts.find(id)).toBeDefined();
        await store.close();
      }
    }));

  it('brings an older schema forward, once', () =>
    within(async ({ open, run }) => {
      const store = await open();
      const { id } = sampleAccount();
      await newAccount(store, id);
      await store.close();
      const newer = extra(['create table extra (number integer)', 'insert into extra values (1)']);
      for (const _ of [1, 2]) {
        const upgraded = await open(newer);
        expect(await upgraded.accounts.find(id)).toBeDefined();
        await upgraded.close();
      }
      await run('create unique index once on extra (number)');
    }));

  it('is left as it was by a migration that fails', () =>
    within(async ({ open, run }) => {
      await expect(open(extra(['create table extra (number integer)', 'no such word']))).rejects.toThrow();
      await run('create table extra (number integer)');
      const store = await open();
      await newAccount(store);
      await store.close();
    }));

  it('is refused by a server that is too old for it, and only then', () =>
    within(async ({ open, run }) => {
      await (await open()).close();
      await run(applied(901, 0));
      await (await open()).close();
      await run(applied(902, 1));
      await expect(open()).rejects.toThrow(/902.*tomorrow/);
      await run('delete from migrations where number = 902');
      await (await open()).close();
    }));
};
