import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../src/domain/time.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { type Api, adminPassword, quickHashing, startApi } from '../../support/api.ts';
import { newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';
import { slowStore } from '../../support/slow-store.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const password = 'a long enough one';

const newPerson = async (given: object = {}) => {
  const email = `${unique('ada')}@example.com`;
  const { items: roles } = (await api.call('GET', '/roles')).body;
  const viewer = roles.find(({ name }: { name: string }) => name === 'Viewer');
  const reply = await api.call('POST', '/users', {
    body: { email, name: 'Ada', password, roleIds: [viewer.id], ...given },
  });
  expect(reply.status).toBe(201);
  return { email, id: reply.body.id };
};

const signIn = (email: string, given = password, to = api) =>
  to.call('POST', '/session', { as: null, body: { email, password: given } });

const withoutRequestId = ({ body: { requestId, ...rest } }: { body: Record<string, unknown> }) => rest;

const home = async () => {
  const account = await api.context.store.accounts.find('DEFAULT');
  if (account === undefined) throw new Error('no account');
  return account.key;
};
const lastEvents = async (limit: number) => {
  const about = { campaign: null, device: null };
  const page = { before: Number.MAX_SAFE_INTEGER, limit };
  return (await api.context.store.events.list(await home(), about, page)).map(({ body }) => body);
};

describe('POST /session', () => {
  it('opens a session and says where it leads', async () => {
    const { email, id } = await newPerson();
    const reply = await signIn(email.toUpperCase());
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      token: expect.stringMatching(/^muster_[A-Za-z0-9-]{12}_[\w-]{43}_[0-9a-f]{6}$/),
      expiresAt: new Date(api.context.clock() + 12 * HOUR).toISOString(),
      user: { id, email, name: 'Ada', serverAdministrator: false },
      accounts: [{ id: 'DEFAULT', name: 'Default' }],
    });
    expect((await lastEvents(1))[0]).toMatchObject({ type: 'token-issued', kind: 'session' });
    expect((await api.call('GET', '/session', { as: reply.body.token })).status).toBe(200);
  });

  it('gives each log-in a secret of its own', async () => {
    const { email } = await newPerson();
    const [one, two] = [await signIn(email), await signIn(email)];
    expect(one.body.token).not.toBe(two.body.token);
  });

  it('says the same to an unknown person, a wrong password, a locked and a disabled person', async () => {
    const [known, locked, disabled] = [await newPerson(), await newPerson(), await newPerson()];
    await Promise.all(Array.from({ length: 5 }, () => signIn(locked.email, 'wrong')));
    await api.call('PATCH', `/users/${disabled.id}`, { body: { disabled: true } });
    const replies = [
      await signIn('nobody@example.com'),
      await signIn(known.email, 'wrong'),
      await signIn(locked.email),
      await signIn(disabled.email),
    ];
    const [first] = replies;
    expect(first?.status).toBe(401);
    for (const reply of replies) {
      expect(withoutRequestId(reply)).toEqual(first && withoutRequestId(first));
      expect(Object.keys(reply.headers)).toEqual(Object.keys(first?.headers ?? {}));
    }
  });

  it('does the same work for an unknown person, and answers no refusal sooner than any other', async () => {
    const verified: string[] = [];
    const watched = await startApi({
      hashing: {
        ...quickHashing,
        verifyPassword: (given, hash) => {
          verified.push(hash);
          return quickHashing.verifyPassword(given, hash);
        },
      },
    });
    const begun = performance.now();
    await signIn('nobody@example.com', password, watched);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(95);
    await signIn('admin@localhost', 'wrong', watched);
    expect(verified).toHaveLength(3);
    expect(verified[1]).toMatch(/^quick:/);
    await watched.close();
  });

  it('locks after five failures, refuses the right password, and lets in when the time is over', async () => {
    const { email, id } = await newPerson();
    for (let failure = 0; failure < 5; failure += 1) expect((await signIn(email, 'wrong')).status).toBe(401);
    expect(await lastEvents(1)).toEqual([{ type: 'user-locked-out', user: id }]);
    expect((await signIn(email)).status).toBe(401);
    expect((await api.call('GET', `/users/${id}`)).body.lockedUntil).toBe(
      new Date(api.context.clock() + 15 * MINUTE).toISOString(),
    );
    api.pass(15 * MINUTE - 1);
    expect((await signIn(email)).status).toBe(401);
    api.pass(1);
    expect((await signIn(email)).status).toBe(201);
  });

  it('counts failures in a row only', async () => {
    const { email } = await newPerson();
    for (let round = 0; round < 2; round += 1) {
      for (let failure = 0; failure < 4; failure += 1) await signIn(email, 'wrong');
      expect((await signIn(email)).status).toBe(201);
    }
  });

  it('counts failures that come at once', async () => {
    const crowded = await startApi({ store: slowStore() });
    await Promise.all(Array.from({ length: 40 }, () => signIn('admin@localhost', 'wrong', crowded)));
    expect((await signIn('admin@localhost', adminPassword, crowded)).status).toBe(401);
    await crowded.close();
  });

  it('does not let in somebody without an account', async () => {
    const { email, id } = await newPerson();
    await api.call('DELETE', `/users/${id}`);
    expect((await signIn(email)).status).toBe(401);
  });

  it.each([
    ['no body', undefined, 400],
    ['not an object', [], 400],
    ['no password', { email: 'a@b' }, 400],
    ['a number as password', { email: 'a@b', password: 12 }, 400],
    ['an unknown field', { email: 'a@b', password, remember: true }, 400],
    ['an endless password', { email: 'a@b', password: 'x'.repeat(1025) }, 400],
    ['truncated JSON', '{"email":"a@b","passw', 400],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ['more than the limit', `{"email":"${'a'.repeat(1_100_000)}"}`, 413],
  ])('refuses %s', async (_, body, status) => {
    const reply = await api.call('POST', '/session', { as: null, body });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('never repeats a password that does not fit', async () => {
    const reply = await api.call('PUT', '/session/password', { body: { current: 'x', next: 'hunter2' } });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).not.toContain('hunter2');
  });
});

describe('limits', () => {
  it('refuses too many log-ins from one address, with the time to wait', async () => {
    const limited = await startApi({}, { MUSTER_LOGIN_RATE_LIMIT: '3' });
    await signIn('admin@localhost', adminPassword, limited);
    await signIn('nobody@example.com', 'x', limited);
    const reply = await signIn('admin@localhost', adminPassword, limited);
    expect(reply.status).toBe(429);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(reply.body).toMatchObject({ code: 'too-many-requests', status: 429 });
    expect((await limited.call('GET', '/session')).status).toBe(200);
    await limited.close();
  });

  it('refuses too many requests with one credential, and leaves others alone', async () => {
    const limited = await startApi({}, { MUSTER_RATE_LIMIT: '5' });
    const ask = (as: string | null) => limited.call('GET', '/session', { as });
    for (let asked = 0; asked < 5; asked += 1) expect((await ask(limited.admin)).status).toBe(200);
    const reply = await ask(limited.admin);
    expect(reply.status).toBe(429);
    expect(reply.body).toMatchObject({ code: 'too-many-requests' });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(null)).status).toBe(401);
    await limited.close();
  });

  it('counts those it turns away', async () => {
    const limited = await startApi({}, { MUSTER_RATE_LIMIT: '2' });
    const statuses: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      statuses.push((await limited.call('GET', '/session', { as: null })).status);
    }
    // The log-in of the set-up was the first from this address.
    expect(statuses).toEqual([401, 429, 429]);
    await limited.close();
  });
});

describe('GET /session', () => {
  it('says who, where, and what is allowed', async () => {
    const { email, id } = await newPerson();
    const { body } = await signIn(email);
    const reply = await api.call('GET', '/session', { as: body.token });
    expect(reply.body).toEqual({
      user: { id, email, name: 'Ada', serverAdministrator: false },
      account: { id: 'DEFAULT', name: 'Default' },
      permissions: expect.arrayContaining(['View Campaign', 'View User']),
      accounts: [{ id: 'DEFAULT', name: 'Default' }],
      expiresAt: body.expiresAt,
    });
    expect(reply.body.permissions).toEqual([...reply.body.permissions].sort());
    expect(reply.body.permissions).not.toContain('Edit User');
  });

  it('is of the account that the caller names', async () => {
    const tenant = await newTenant(api, unique('T'));
    const reply = await api.call('GET', '/session', { account: tenant });
    expect(reply.body.account.id).toBe(tenant);
    const { body } = await signIn((await newPerson()).email);
    expect((await api.call('GET', '/session', { as: body.token, account: tenant })).status).toBe(404);
  });

  it('refuses a session after its time, and not a millisecond before', async () => {
    const own = await startApi();
    own.pass(12 * HOUR - 1);
    expect((await own.call('GET', '/session')).status).toBe(200);
    own.pass(1);
    const reply = await own.call('GET', '/session');
    expect(reply.status).toBe(401);
    expect(reply.body.detail).toBe('The token has expired. Sign in again.');
    await own.close();
  });
});

describe('DELETE /session', () => {
  it('ends this session and no other', async () => {
    const { email } = await newPerson();
    const [one, two] = [(await signIn(email)).body.token, (await signIn(email)).body.token];
    expect((await api.call('DELETE', '/session', { as: one })).status).toBe(204);
    expect((await lastEvents(1))[0]).toMatchObject({ type: 'token-revoked' });
    expect((await api.call('GET', '/session', { as: one })).status).toBe(401);
    expect((await api.call('GET', '/session', { as: two })).status).toBe(200);
  });

  it('refuses to end an API token that way', async () => {
    const { body } = await api.call('POST', '/tokens', { body: { name: 'build' } });
    const reply = await api.call('DELETE', '/session', { as: body.token });
    expect(reply.status).toBe(422);
    expect((await api.call('GET', '/session', { as: body.token })).status).toBe(200);
  });
});

describe('PUT /session/password', () => {
  const next = 'another long enough one';

  it('changes it, ends other sessions, and keeps this one and the API tokens', async () => {
    const { email } = await newPerson();
    const [one, two] = [(await signIn(email)).body.token, (await signIn(email)).body.token];
    const { body: key } = await api.call('POST', '/tokens', { as: one, body: { name: 'build' } });
    const reply = await api.call('PUT', '/session/password', { as: one, body: { current: password, next } });
    expect(reply.status).toBe(204);
    expect((await api.call('GET', '/session', { as: one })).status).toBe(200);
    expect((await api.call('GET', '/session', { as: two })).status).toBe(401);
    expect((await api.call('GET', '/session', { as: key.token })).status).toBe(200);
    expect((await signIn(email)).status).toBe(401);
    expect((await signIn(email, next)).status).toBe(201);
  });

  it('brings no token back that is revoked at the same time', async () => {
    const store = openMemory();
    let meanwhile = async (): Promise<unknown> => undefined;
    const list: typeof store.tokens.list = async (userId) => {
      const listed = await store.tokens.list(userId);
      await meanwhile();
      return listed;
    };
    const busy = await startApi({ store: { ...store, tokens: { ...store.tokens, list } } });
    const { body: key } = await busy.call('POST', '/tokens', { body: { name: 'build' } });
    meanwhile = () => {
      meanwhile = async () => undefined;
      return busy.call('DELETE', `/tokens/${key.id}`);
    };
    const body = { current: adminPassword, next };
    expect((await busy.call('PUT', '/session/password', { body })).status).toBe(204);
    expect((await busy.call('GET', '/session', { as: key.token })).status).toBe(401);
    await busy.close();
  });

  it('counts a wrong current password as a failure, and is refused when locked out', async () => {
    const { email } = await newPerson();
    const as = (await signIn(email)).body.token;
    for (let failure = 0; failure < 5; failure += 1) {
      const reply = await api.call('PUT', '/session/password', { as, body: { current: 'wrong', next } });
      expect(reply.status).toBe(401);
      expect(reply.body.code).toBe('unauthenticated');
    }
    expect(
      (await api.call('PUT', '/session/password', { as, body: { current: password, next } })).status,
    ).toBe(401);
    expect((await signIn(email)).status).toBe(401);
  });

  it('refuses the same again, a short and a very long one', async () => {
    const { email } = await newPerson();
    const as = (await signIn(email)).body.token;
    const change = async (to: string) =>
      (await api.call('PUT', '/session/password', { as, body: { current: password, next: to } })).status;
    expect(await change(password)).toBe(422);
    expect(await change('elevenchars')).toBe(400);
    expect(await change('x'.repeat(129))).toBe(400);
    expect((await signIn(email)).status).toBe(201);
  });
});

describe('the use of a token', () => {
  const used = async (token: string) =>
    (await api.context.store.tokens.find(token.split('_')[1] ?? ''))?.lastUsedAt;

  it('is noted at most once a minute', async () => {
    const { body } = await signIn((await newPerson()).email);
    const opened = api.context.clock();
    api.pass(MINUTE - 1);
    await api.call('GET', '/session', { as: body.token });
    expect(await used(body.token)).toBe(opened);
    api.pass(1);
    await api.call('GET', '/session', { as: body.token });
    expect(await used(body.token)).toBe(opened + MINUTE);
  });

  it.each([
    ['fail', () => Promise.reject(new Error('the disk is away'))],
    ['hang', () => new Promise<void>(() => {})],
  ])('is not waited for, and may %s', async (_, touch) => {
    const store = openMemory();
    const away = await startApi({ store: { ...store, tokens: { ...store.tokens, touch } } });
    away.pass(MINUTE);
    expect((await away.call('GET', '/session')).status).toBe(200);
    await away.close();
  });
});
