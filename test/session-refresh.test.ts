import { beforeEach, describe, expect, it } from 'vitest';
import { changePassword, newDecoy, renewSession, signIn, signOut } from '../src/app/session.ts';
import { createAuthenticate } from '../src/app/sign-in.ts';
import { DAY, HOUR, MINUTE } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { quickHashing } from './support/api.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { sampleToken, sampleUser } from './support/samples.ts';

const password = 'a long enough one';
const settings = { sessionTtl: 12 * HOUR, lockoutFailures: 5, lockoutTime: 15 * MINUTE };
const invalid = { ok: false, refusal: { code: 'unauthenticated', reason: 'invalid' } };
const expired = { ok: false, refusal: { code: 'unauthenticated', reason: 'expired' } };

/** A person who signs in with the help of a fleet's store and clock. */
const newPerson = async (fleet: Fleet, given: Partial<typeof settings> = {}) => {
  const deps = { ...fleet.deps, hashing: quickHashing, settings: { ...settings, ...given } };
  const user = sampleUser({ passwordHash: await quickHashing.hashPassword(password) });
  await fleet.world.write({ save: 'user', value: user });
  await fleet.world.write({ save: 'membership', value: { userId: user.id, roleIds: [] } });
  const decoy = await newDecoy(deps);
  const authenticate = createAuthenticate(deps);
  return {
    ...{ deps, user },
    signIn: async (renewable = true) =>
      granted(await signIn(deps, { email: user.email, password }, decoy, { renewable })),
    renew: (secret: string) => renewSession(deps, secret),
    shows: (secret: string) => authenticate(secret, undefined),
    caller: async (secret: string) => granted(await authenticate(secret, undefined)),
    recordOf: async (secret: string) => fleet.store.tokens.find(secret.split('_')[1] ?? ''),
  };
};

let fleet: Fleet;
let person: Awaited<ReturnType<typeof newPerson>>;
beforeEach(async () => {
  fleet = await newFleet();
  person = await newPerson(fleet);
});

/** A log-in with its refresh token. */
const signedIn = async () => {
  const { secret, refresh } = await person.signIn();
  return { secret, refresh: must(refresh ?? undefined, 'the refresh token') };
};

describe('a refresh token', () => {
  it('comes only with a session that is to be renewable', async () => {
    expect((await person.signIn(false)).refresh).toBeNull();
    const { secret, refresh } = await signedIn();
    expect((await person.recordOf(secret))?.name).toBe((await person.recordOf(refresh.secret))?.id);
    const issued = (await fleet.world.events()).slice(-2).map(({ body }) => body);
    expect(issued).toMatchObject([
      { type: 'token-issued', kind: 'refresh' },
      { type: 'token-issued', kind: 'session' },
    ]);
  });

  it('never authenticates a call', async () => {
    const { secret, refresh } = await signedIn();
    expect((await person.shows(secret)).ok).toBe(true);
    expect(await person.shows(refresh.secret)).toEqual(invalid);
  });

  it('opens sessions that are worth as much as the first', async () => {
    const { refresh } = await signedIn();
    fleet.pass(12 * HOUR);
    const session = granted(await person.renew(refresh.secret));
    expect(session).toMatchObject({
      expiresAt: fleet.deps.clock() + 12 * HOUR,
      user: { id: person.user.id },
      accounts: [{ key: fleet.world.account }],
    });
    expect((await person.caller(session.secret)).user.id).toBe(person.user.id);
    const again = granted(await person.renew(refresh.secret));
    expect(again.secret).not.toBe(session.secret);
    expect((await person.recordOf(refresh.secret))?.lastUsedAt).toBe(fleet.deps.clock());
  });

  it.each([
    ['thirty days', {}, 30 * DAY],
    ['ten times a session where that is longer', { sessionTtl: 4 * DAY }, 40 * DAY],
  ])('lives %s', async (_, given, life) => {
    person = await newPerson(fleet, given);
    const { refresh } = await signedIn();
    expect(refresh.expiresAt).toBe(fleet.deps.clock() + life);
    fleet.pass(life - 1);
    expect((await person.renew(refresh.secret)).ok).toBe(true);
    fleet.pass(1);
    expect(await person.renew(refresh.secret)).toEqual(expired);
  });

  it('is nothing else: no session, no API token and no forgery opens a session', async () => {
    const { secret, refresh } = await signedIn();
    expect(await person.renew(secret)).toEqual(invalid);
    expect(await person.renew('nonsense')).toEqual(invalid);
    const { hash: _, ...rest } = must(await person.recordOf(refresh.secret));
    await fleet.world.write({ save: 'token', was: { ...rest, hash: '' }, value: { ...rest, hash: 'x' } });
    expect(await person.renew(refresh.secret)).toEqual(invalid);
  });

  it('opens nothing for a person who is disabled or belongs nowhere any more', async () => {
    const { refresh } = await signedIn();
    const was = must(await fleet.store.users.find(person.user.id));
    await fleet.world.write({ save: 'user', was, value: { ...was, disabled: true } });
    expect(await person.renew(refresh.secret)).toEqual(invalid);
    await fleet.world.write({ save: 'user', was: { ...was, version: was.version + 1 }, value: was });
    expect((await person.renew(refresh.secret)).ok).toBe(true);
    await fleet.world.write({ drop: 'membership', was: { userId: was.id, roleIds: [] } });
    expect(await person.renew(refresh.secret)).toEqual(invalid);
  });

  it('passes on the account that it is bound to', async () => {
    const { refresh } = await signedIn();
    const was = must(await person.recordOf(refresh.secret));
    const { id } = fleet.operator.account;
    await fleet.world.write({ save: 'token', was, value: { ...was, accountId: id, permissions: [] } });
    const { secret } = granted(await person.renew(refresh.secret));
    expect(await person.recordOf(secret)).toMatchObject({ accountId: id, permissions: [] });
    const bound = must(await person.recordOf(refresh.secret));
    await fleet.world.write({ save: 'token', was: bound, value: { ...bound, accountId: 'ELSEWHERE' } });
    expect(await person.renew(refresh.secret)).toEqual(invalid);
  });
});

describe('signing out', () => {
  it('ends the session and its refresh token, of a renewed session too', async () => {
    const { secret, refresh } = await signedIn();
    const renewed = granted(await person.renew(refresh.secret));
    granted(await signOut(person.deps, await person.caller(renewed.secret)));
    expect(await person.shows(renewed.secret)).toEqual(invalid);
    expect(await person.renew(refresh.secret)).toEqual(invalid);
    const revoked = (await fleet.world.events()).filter(({ body }) => body.type === 'token-revoked');
    expect(revoked).toHaveLength(2);
    // It was opened before, and ends by itself.
    expect((await person.shows(secret)).ok).toBe(true);
  });

  it('leaves the refresh tokens of other log-ins alone', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    granted(await signOut(person.deps, await person.caller(one.secret)));
    expect((await person.renew(other.refresh.secret)).ok).toBe(true);
  });

  it('takes no token away that only has the name of one', async () => {
    const { secret } = await person.signIn(false);
    const api = sampleToken({ userId: person.user.id });
    await fleet.world.write({ save: 'token', value: api });
    const was = must(await person.recordOf(secret));
    await fleet.world.write({ save: 'token', was, value: { ...was, name: api.id } });
    granted(await signOut(person.deps, await person.caller(secret)));
    expect(await fleet.store.tokens.find(api.id)).toMatchObject({ id: api.id });
  });

  it('lets no session be opened at the same moment', async () => {
    const { secret, refresh } = await signedIn();
    const caller = await person.caller(secret);
    let meanwhile = async (): Promise<void> => {
      meanwhile = async () => undefined;
      granted(await signOut(person.deps, caller));
    };
    const { store } = fleet;
    const commit: typeof store.commit = async (change) => {
      await meanwhile();
      return store.commit(change);
    };
    expect(await renewSession({ ...person.deps, store: { ...store, commit } }, refresh.secret)).toEqual(
      invalid,
    );
  });
});

describe('another password', () => {
  it('keeps the refresh token of this session, and ends those of the others', async () => {
    const [own, other] = [await signedIn(), await signedIn()];
    const given = { current: password, next: 'another long enough one' };
    granted(await changePassword(person.deps, await person.caller(own.secret), given));
    expect(await person.renew(other.refresh.secret)).toEqual(invalid);
    expect((await person.renew(own.refresh.secret)).ok).toBe(true);
  });
});
