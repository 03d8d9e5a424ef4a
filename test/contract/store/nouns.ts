import type { Write } from '../../../src/app/ports.ts';
import type { Entity } from '../../../src/domain/refusal.ts';
import {
  sampleCampaign,
  sampleCredential,
  sampleDevice,
  sampleJob,
  samplePackage,
  sampleQuery,
  sampleRole,
  sampleToken,
  sampleUser,
} from '../../support/samples.ts';
import type { World } from './world.ts';

type Versioned = { readonly id: string; readonly version: number };

/** One kind of record as the tests that hold for all kinds see it. */
export type Noun = {
  readonly entity: Entity | 'job';
  /** A new record, not yet saved. */
  readonly begin: (world: World) => Promise<Case>;
};

type Case = {
  readonly id: string;
  readonly insert: Write;
  readonly find: () => Promise<Versioned | undefined>;
  /** Write another value over what was read. */
  readonly replace: (was: Versioned) => Write;
  readonly drop: ((was: Versioned) => Write) | undefined;
};

type Definition<Value extends { readonly id: string }, Record extends Value & Versioned> = {
  readonly entity: Entity | 'job';
  readonly value: (world: World) => Promise<Value> | Value;
  readonly find: (world: World, value: Value) => Promise<Record | undefined>;
  readonly change: (value: Value) => Value;
  readonly save: (value: Value, was?: Record) => Write;
  readonly drop?: (was: Record) => Write;
};

const noun = <Value extends { readonly id: string }, Record extends Value & Versioned>({
  entity,
  value: make,
  find,
  change,
  save,
  drop,
}: Definition<Value, Record>): Noun => ({
  entity,
  begin: async (world) => {
    const value = await make(world);
    let read: Record | undefined;
    const asRead = (was: Versioned): Record => {
      if (read === undefined) throw new Error('find it first');
      return { ...read, version: was.version };
    };
    return {
      id: value.id,
      insert: save(value),
      find: async () => {
        read = (await find(world, value)) ?? read;
        return find(world, value);
      },
      replace: (was) => save(change(value), asRead(was)),
      drop: drop && ((was) => drop(asRead(was))),
    };
  },
});

export const nouns: readonly Noun[] = [
  noun({
    entity: 'user',
    value: () => sampleUser(),
    find: ({ store }, { id }) => store.users.find(id),
    change: (value) => ({ ...value, failures: 3 }),
    save: (value, was) => ({ save: 'user', ...(was && { was }), value }),
  }),
  noun({
    entity: 'role',
    value: () => sampleRole(),
    find: ({ store, account }, { id }) => store.roles.find(account, id),
    change: (value) => ({ ...value, permissions: [] }),
    save: (value, was) => ({ save: 'role', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'role', was }),
  }),
  noun({
    entity: 'token',
    value: async (world) => {
      const user = sampleUser();
      await world.write({ save: 'user', value: user });
      return sampleToken({ userId: user.id });
    },
    find: ({ store }, { id }) => store.tokens.find(id),
    change: (value) => ({ ...value, name: 'renamed' }),
    save: (value, was) => ({ save: 'token', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'token', was }),
  }),
  noun({
    entity: 'device',
    value: () => sampleDevice(),
    find: ({ store, account }, { id }) => store.devices.find(account, id),
    change: (value) => ({ ...value, tags: ['south'], attributes: {} }),
    save: (value, was) => ({ save: 'device', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'device', was }),
  }),
  noun({
    entity: 'credential',
    value: async (world) => sampleCredential((await world.addDevice()).key),
    find: async ({ store, account }, { id, device }) =>
      (await store.devices.credentials(account, device)).find((credential) => credential.id === id),
    change: (value) => ({ ...value, expiresAt: 5 }),
    save: (value, was) => ({ save: 'credential', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'credential', was }),
  }),
  noun({
    entity: 'package',
    value: () => samplePackage(),
    find: ({ store, account }, { id }) => store.packages.find(account, id),
    change: (value) => ({ ...value, labels: { track: 'beta' } }),
    save: (value, was) => ({ save: 'package', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'package', was }),
  }),
  noun({
    entity: 'query',
    value: () => sampleQuery(),
    find: ({ store, account }, { id }) => store.queries.find(account, id),
    change: (value) => ({ ...value, expression: 'tag = south' }),
    save: (value, was) => ({ save: 'query', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'query', was }),
  }),
  noun({
    entity: 'campaign',
    value: () => sampleCampaign(),
    find: ({ store, account }, { id }) => store.campaigns.find(account, id),
    change: (value) => ({ ...value, digest: '0'.repeat(64) }),
    save: (value, was) => ({ save: 'campaign', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'campaign', was }),
  }),
  noun({
    entity: 'job',
    value: async (world) => sampleJob(await world.addCampaign()),
    find: ({ store, account }, { id }) => store.jobs.find(account, id),
    change: (value) => ({ ...value, status: 'failed', problem: 'no such field', finishedAt: 9 }),
    save: (value, was) => ({ save: 'job', ...(was && { was }), value }),
  }),
];
