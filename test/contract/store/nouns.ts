import type {
  Credential,
  Role,
  StoredCredential,
  StoredRole,
  StoredToken,
  StoredUser,
  Token,
  User,
} from '../../../src/app/account-records.ts';
import type {
  Destination,
  StoredDestination,
  StoredSubscription,
  Subscription,
} from '../../../src/app/delivery-records.ts';
import type { Job, StoredJob } from '../../../src/app/job-records.ts';
import type {
  SavedQuery,
  StoredCampaign,
  StoredDevice,
  StoredDocument,
  StoredPackage,
  StoredQuery,
  WireDocument,
} from '../../../src/app/records.ts';
import type { Write } from '../../../src/app/writes.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { Device } from '../../../src/domain/device.ts';
import type { Package } from '../../../src/domain/package.ts';
import type { Entity } from '../../../src/domain/refusal.ts';
import {
  sampleCampaign,
  sampleCredential,
  sampleDestination,
  sampleDevice,
  sampleDocument,
  sampleJob,
  samplePackage,
  sampleQuery,
  sampleRole,
  sampleSubscription,
  sampleToken,
  sampleUser,
} from '../../support/samples.ts';
import type { World } from './world.ts';

/** One kind of record as the tests that hold for all kinds see it. */
export type Noun = {
  readonly entity: Entity;
  /** A new record, not yet saved. */
  readonly begin: (world: World) => Promise<Case>;
};

type Case = {
  readonly id: string;
  readonly insert: Write;
  readonly find: () => Promise<Found | undefined>;
};

/** A record as read, with what may be done on that ground. */
type Found = {
  readonly record: object;
  readonly version: number;
  /** Another value over what was read. */
  readonly replace: Write;
  readonly drop: Write | undefined;
};

type Definition<Value extends { readonly id: string }, Record extends Value> = {
  readonly entity: Entity;
  readonly value: (world: World) => Promise<Value> | Value;
  readonly find: (world: World, value: Value) => Promise<Record | undefined>;
  readonly versionOf: (record: Record) => number;
  readonly change: (value: Value) => Value;
  readonly save: (value: Value, was?: Record) => Write;
  readonly drop?: (was: Record) => Write;
};

const noun = <Value extends { readonly id: string }, Record extends Value>({
  entity,
  value: make,
  find,
  versionOf,
  change,
  save,
  drop,
}: Definition<Value, Record>): Noun => ({
  entity,
  begin: async (world) => {
    const value = await make(world);
    return {
      id: value.id,
      insert: save(value),
      find: async () => {
        const record = await find(world, value);
        if (record === undefined) return undefined;
        const version = versionOf(record);
        return { record, version, replace: save(change(value), record), drop: drop?.(record) };
      },
    };
  },
});

const versionOf = ({ version }: { readonly version: number }): number => version;

export const nouns: readonly Noun[] = [
  noun<User, StoredUser>({
    entity: 'user',
    value: () => sampleUser(),
    find: ({ store }, { id }) => store.users.find(id),
    versionOf,
    change: (value) => ({ ...value, failures: 3 }),
    save: (value, was) => ({ save: 'user', ...(was && { was }), value }),
  }),
  noun<Role, StoredRole>({
    entity: 'role',
    value: () => sampleRole(),
    find: ({ store, account }, { id }) => store.roles.find(account, id),
    versionOf,
    change: (value) => ({ ...value, permissions: [] }),
    save: (value, was) => ({ save: 'role', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'role', was }),
  }),
  noun<Token, StoredToken>({
    entity: 'token',
    value: async (world) => {
      const user = sampleUser();
      await world.write({ save: 'user', value: user });
      return sampleToken({ userId: user.id });
    },
    find: ({ store }, { id }) => store.tokens.find(id),
    versionOf,
    change: (value) => ({ ...value, name: 'renamed' }),
    save: (value, was) => ({ save: 'token', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'token', was }),
  }),
  noun<Device, StoredDevice>({
    entity: 'device',
    value: () => sampleDevice(),
    find: ({ store, account }, { id }) => store.devices.find(account, id),
    versionOf,
    change: (value) => ({ ...value, tags: ['south'], attributes: {} }),
    save: (value, was) => ({ save: 'device', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'device', was }),
  }),
  noun<Credential, StoredCredential>({
    entity: 'credential',
    value: async (world) => sampleCredential((await world.addDevice()).key),
    find: async ({ store, account }, { id, device }) =>
      (await store.devices.credentials(account, device)).find((credential) => credential.id === id),
    versionOf,
    change: (value) => ({ ...value, expiresAt: 5 }),
    save: (value, was) => ({ save: 'credential', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'credential', was }),
  }),
  noun<Package, StoredPackage>({
    entity: 'package',
    value: () => samplePackage(),
    find: ({ store, account }, { id }) => store.packages.find(account, id),
    versionOf: ({ revision }) => revision,
    change: (value) => ({ ...value, labels: { track: 'beta' } }),
    save: (value, was) => ({ save: 'package', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'package', was }),
  }),
  noun<SavedQuery, StoredQuery>({
    entity: 'query',
    value: () => sampleQuery(),
    find: ({ store, account }, { id }) => store.queries.find(account, id),
    versionOf,
    change: (value) => ({ ...value, expression: 'tag = south' }),
    save: (value, was) => ({ save: 'query', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'query', was }),
  }),
  noun<WireDocument, StoredDocument>({
    entity: 'document',
    value: () => sampleDocument(),
    find: ({ store, account }, { kind, id }) => store.documents.find(account, kind, id),
    versionOf,
    change: (value) => ({ ...value, body: [1, 2, 3] }),
    save: (value, was) => ({ save: 'document', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'document', was }),
  }),
  noun<Destination, StoredDestination>({
    entity: 'destination',
    value: () => sampleDestination(),
    find: ({ store, account }, { id }) => store.destinations.find(account, id),
    versionOf,
    change: (value) => ({ ...value, order: value.order === 'none' ? 'strict' : 'none' }),
    save: (value, was) => ({ save: 'destination', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'destination', was }),
  }),
  noun<Subscription, StoredSubscription>({
    entity: 'subscription',
    value: async (world) => {
      const destination = sampleDestination();
      await world.write({ save: 'destination', value: destination });
      return sampleSubscription(destination);
    },
    find: ({ store, account }, { id }) => store.subscriptions.find(account, id),
    versionOf,
    change: (value) => ({ ...value, only: ['campaign-started'] }),
    save: (value, was) => ({ save: 'subscription', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'subscription', was }),
  }),
  noun<Campaign, StoredCampaign>({
    entity: 'campaign',
    value: () => sampleCampaign(),
    find: ({ store, account }, { id }) => store.campaigns.find(account, id),
    versionOf,
    change: (value) => ({ ...value, digest: '0'.repeat(64) }),
    save: (value, was) => ({ save: 'campaign', ...(was && { was }), value }),
    drop: (was) => ({ drop: 'campaign', was }),
  }),
  noun<Job, StoredJob>({
    entity: 'job',
    value: async (world) => sampleJob(await world.addCampaign()),
    find: ({ store, account }, { id }) => store.jobs.find(account, id),
    versionOf,
    change: (value) => ({ ...value, status: 'failed', problem: 'no such field', finishedAt: 9 }),
    save: (value, was) => ({ save: 'job', ...(was && { was }), value }),
  }),
];
