import type { User } from '../../src/app/account-records.ts';
import { newRoles } from '../../src/app/first-start.ts';
import type { Permission } from '../../src/app/permissions.ts';
import { newSecret } from '../../src/app/secrets.ts';
import type { Context } from '../../src/server/context.ts';
import { accepted, must, NOWHERE, newWorld, type World } from '../contract/store/world.ts';
import { SAMPLE_TEXT } from './sample-body.ts';
import {
  NOON,
  sampleCampaign,
  sampleCredential,
  sampleDelivery,
  sampleDestination,
  sampleJob,
  sampleQuery,
  sampleSubscription,
  sampleToken,
  sampleUser,
} from './samples.ts';

/** What a parameter of a path names. */
export type ParamName =
  | 'account'
  | 'gatewayToken'
  | 'user'
  | 'role'
  | 'token'
  | 'device'
  | 'credential'
  | 'package'
  | 'upload'
  | 'query'
  | 'campaign'
  | 'job'
  | 'destination'
  | 'subscription'
  | 'delivery'
  | 'phase'
  | 'rule';

/** An account with one of everything, and people in it. */
export type Tenant = {
  readonly world: World;
  /** A real id for each parameter of a path. */
  readonly ids: Readonly<Record<ParamName, string>>;
  readonly roleIds: Readonly<Record<string, string>>;
  /** A new person with these roles of the account, whose password is `SAMPLE_TEXT`. */
  readonly person: (...roles: readonly string[]) => Promise<string>;
  /** A new person who may do everything everywhere. */
  readonly serverAdministrator: () => Promise<string>;
  /** The sequence number of the last thing that happened in the account. */
  readonly lastEvent: () => Promise<number>;
};

type Limits = { readonly permissions?: readonly Permission[]; readonly expiresAt?: number };

/** A new bearer secret of a person, good for every account of theirs. */
export const tokenFor = async (context: Context, userId: string, limits: Limits = {}): Promise<string> => {
  const { store, ids, hashing } = context;
  const { id, secret } = newSecret(ids, hashing);
  const value = sampleToken({
    ...{ id, hash: hashing.sha256(secret), userId, kind: 'session', accountId: null },
    ...{ permissions: limits.permissions ?? null, expiresAt: limits.expiresAt ?? null },
  });
  const [account] = await store.accounts.ofUser(userId);
  const home = account ?? (await store.accounts.find('DEFAULT'));
  accepted(
    await store.commit({ account: home?.key ?? null, writes: [{ save: 'token', value }], events: [] }),
  );
  return secret;
};

/** A new account with one of everything. */
export const newTenant = async (context: Context): Promise<Tenant> => {
  const { store, ids } = context;
  const world = await newWorld(store);
  const roles = newRoles(context);
  await world.write(...roles.map((value) => ({ save: 'role', value }) as const));
  const roleIds = Object.fromEntries(roles.map(({ id, name }) => [name, id]));
  const addUser = async (given: Partial<User>, names: readonly string[]): Promise<string> => {
    const id = ids.uuid();
    const passwordHash = await context.hashing.hashPassword(SAMPLE_TEXT);
    await world.write(
      { save: 'user', value: sampleUser({ id, email: `${id}@example.com`, passwordHash, ...given }) },
      { save: 'membership', value: { userId: id, roleIds: names.map((name) => roleIds[name] ?? name) } },
    );
    return id;
  };
  const person = (...names: readonly string[]) => addUser({}, names);
  const serverAdministrator = () => addUser({ serverAdministrator: true }, []);
  const lastEvent = async (): Promise<number> => {
    const [last] = await store.events.list(world.account, NOWHERE, {
      before: Number.MAX_SAFE_INTEGER,
      limit: 1,
    });
    return last?.seq ?? 0;
  };
  const things = {
    ...(await accountWithToken(context, world)),
    ...(await oneOfEach(context, world, await person())),
    ...(await somethingToPush(context, world)),
  };
  return { world, ids: things, roleIds, person, serverAdministrator, lastEvent };
};

/** A gateway token whose id no other account has. */
const accountWithToken = async (
  { store, ids }: Context,
  world: World,
): Promise<Pick<Tenant['ids'], 'account' | 'gatewayToken'>> => {
  const was = must(await store.accounts.get(world.account));
  const token = { id: ids.uuid(), hash: 'c'.repeat(64), createdAt: NOON, expiresAt: null };
  const value = { ...was, deviceAccess: { ...was.deviceAccess, gatewayTokens: [token] } };
  await world.write({ save: 'account', was, value });
  return { account: was.id, gatewayToken: token.id };
};

type Pushing = 'destination' | 'subscription' | 'delivery';

const somethingToPush = async (
  { ids, store }: Context,
  world: World,
): Promise<Pick<Tenant['ids'], Pushing>> => {
  const destination = sampleDestination({ id: ids.uuid() });
  const subscription = sampleSubscription(destination, { id: ids.uuid() });
  const delivery = sampleDelivery(subscription, { id: ids.uuid() });
  await world.write(
    { save: 'destination', value: destination },
    { save: 'subscription', value: subscription },
  );
  await store.deliveries.add(world.account, [delivery]);
  return { destination: destination.id, subscription: subscription.id, delivery: delivery.id };
};

const oneOfEach = async (
  { ids }: Context,
  world: World,
  user: string,
): Promise<Omit<Tenant['ids'], 'account' | 'gatewayToken' | Pushing>> => {
  const device = await world.addDevice({ id: ids.uuid() });
  const thing = await world.addPackage({ id: ids.uuid() });
  const campaign = await world.addCampaign(sampleCampaign({ id: ids.uuid() }));
  await world.join(campaign, [device]);
  const credential = sampleCredential(device.key, { id: ids.uuid() });
  const query = sampleQuery({ id: ids.uuid() });
  const job = sampleJob(campaign, { id: ids.uuid() });
  const token = sampleToken({ id: ids.secret(9).replaceAll('_', '-'), userId: user });
  const [role] = await world.store.roles.list(world.account);
  await world.write(
    { save: 'credential', value: credential },
    { save: 'query', value: query },
    { save: 'job', value: job },
    { save: 'token', value: token },
  );
  return {
    ...{ user, role: role?.id ?? '', token: token.id, device: device.id, credential: credential.id },
    // Uploads in pieces are in no store: this one is as unknown as another account's.
    upload: ids.uuid(),
    ...{ package: thing.id, query: query.id, campaign: campaign.id, job: job.id },
    ...{ phase: 'download', rule: 'window' },
  };
};
