import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAudit } from '../../src/app/audit-log.ts';
import { makeBackup } from '../../src/app/backup.ts';
import type { Store } from '../../src/app/ports.ts';
import type { StoredCampaign, StoredDevice, StoredPackage } from '../../src/app/records.ts';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { type Config, configFromEnv } from '../../src/server/config.ts';
import { type Context, createContext } from '../../src/server/context.ts';
import { nodeHashing } from '../../src/server/crypto.ts';
import { readEnv } from '../../src/server/env.ts';
import { ANY_PACKAGE, allPages, must, NO_FILTER } from '../contract/store/world.ts';
import { type Fleet, granted, newFleet } from './fleet.ts';
import { createTestDatabase } from './postgres.ts';
import { rollOut, runs } from './rollout.ts';
import { ada } from './samples.ts';

/** A place for a server: a data directory that is not there yet and, with PostgreSQL, an empty database. */
export type Place = {
  readonly env: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly end: () => Promise<void>;
};

/** `server` is the PostgreSQL server to make the database on; without, it is SQLite. */
export const newPlace = async (
  server?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Place> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-backup-'));
  const database = server === undefined ? undefined : await createTestDatabase(server);
  const env = {
    MUSTER_DATA: join(directory, 'data'),
    ...(database !== undefined && { MUSTER_DATABASE_URL: database.url }),
    ...more,
  };
  const end = async () => {
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  };
  return { env, config: configFromEnv(readEnv(env)), end };
};

const bytesOf = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
};

/** A package whose bytes are really there. */
export const uploadPackage = async (
  { blobs }: Context,
  { world }: Fleet,
  bytes: Uint8Array,
): Promise<StoredPackage> => {
  const digests = granted(await blobs.put(bytesOf(bytes), Number.POSITIVE_INFINITY));
  return world.addPackage({ digests });
};

/** A server with a campaign under way, whose devices come one after the other. */
export const newBusyServer = async ({ config }: Place, devices = 40) => {
  const context = await createContext(config);
  const fleet = await newFleet(context.store);
  const first = await uploadPackage(context, fleet, randomBytes(300_000));
  const members = await fleet.world.addDevices(devices, { tags: ['north'], attributes: { long: 'x', z: 1 } });
  const campaign = await rollOut(fleet, { packages: [first.id] }, members);
  let turn = 0;
  /** One device comes and ends its update, one is made known, one package is uploaded. */
  const step = async (): Promise<void> => {
    const device = must(members[turn % members.length]);
    turn += 1;
    await runs(fleet, campaign, device, turn % 3 > 0);
    await fleet.world.addDevice();
    await uploadPackage(context, fleet, randomBytes(2_000));
  };
  return { context, fleet, campaign, members, first, step };
};
export type BusyServer = Awaited<ReturnType<typeof newBusyServer>>;

/** Everything of an account that the tests look at. */
export const lookAt = async (store: Store, accountId: string, campaign: StoredCampaign) => {
  const { key } = must(await store.accounts.find(accountId));
  const page = <Item>(list: Parameters<typeof allPages<Item>>[0]) => allPages(list);
  const events = await store.events.since(key, { after: 0, limit: 100_000 });
  return {
    account: await store.accounts.get(key),
    events,
    devices: await page<StoredDevice>((after) =>
      store.devices.list(key, { type: 'all' }, { after, limit: 500 }),
    ),
    packages: await page<StoredPackage>((after) =>
      store.packages.list(key, ANY_PACKAGE, { after, limit: 500 }),
    ),
    campaign: await store.campaigns.get(key, campaign.key),
    updates: await page((after) => store.updates.list(key, campaign.key, NO_FILTER, { after, limit: 500 })),
    counts: await store.campaigns.counts(key, campaign.key),
    audit: granted(await verifyAudit({ store, hashing: nodeHashing }, key)),
  };
};

/** Asks a server for a backup, and looks at the account as it is at that moment. */
export const beginBackup = async (
  { context, fleet }: BusyServer,
  campaign: StoredCampaign,
  withKey = true,
) => {
  const bytes = await makeBackup(context, { account: fleet.operator.account, actor: ada }, { withKey });
  return { bytes, seen: await lookAt(context.store, fleet.operator.account.id, campaign) };
};

export const restoreTo = ({ config }: Place, file: string, keyFile?: string) =>
  restoreBackup({ file, config, keyFile, tell: () => undefined });

/** The SHA-256 of what is stored under a SHA-256. */
export const digestOf = async ({ blobs }: Pick<Context, 'blobs'>, sha256: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of blobs.open(sha256)) hash.update(bytes);
  return hash.digest('hex');
};
