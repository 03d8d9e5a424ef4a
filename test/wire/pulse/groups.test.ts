import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../contract/store/world.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { newGuest } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';
import { slowStore } from '../../support/slow-store.ts';
import { done } from './prepare.ts';

let api: Api;
let roles: Readonly<Record<string, string>>;
const start = async (...given: Parameters<typeof startApi>): Promise<void> => {
  api = await startApi(...given);
  const { body } = done(await api.call('GET', '/api/roles'));
  roles = Object.fromEntries(body.roles.map(({ id, name }: Named) => [name, id]));
};
beforeEach(() => start());
afterEach(() => api.close());

type Named = { readonly id: string; readonly name: string };

const viewer = () => must(roles['Viewer']);
const packager = () => must(roles['Package Administrator']);
const administrator = () => must(roles['Administrator']);

const post = async (path: string, body: object): Promise<string> =>
  done(await api.call('POST', `/api/${path}`, { body })).body.id;
const put = (path: string, body: object, as?: string): Promise<Reply> =>
  api.call('PUT', `/api/${path}`, { body, ...(as !== undefined && { as }) });
const newUser = (given: object = {}): Promise<string> =>
  post('users', { userName: `${unique('ada')}@example.com`, ...given });
const newGroup = (given: object): Promise<string> => post('groups', { name: unique('crew'), ...given });

/** The roles that somebody really has, whatever any API says of them. */
const rolesOf = async (userId: string): Promise<readonly string[]> => {
  const { store } = api.context;
  const { key } = must(await store.accounts.find('DEFAULT'));
  return [...must(await store.users.membership(key, userId)).roleIds].sort();
};
const sorted = (...ids: readonly string[]): readonly string[] => [...ids].sort();
const usersOf = async (groupId: string): Promise<readonly string[]> =>
  done(await api.call('GET', `/api/groups/${groupId}`)).body.users;
const lastEvents = async (limit: number) => {
  const { store } = api.context;
  const { key } = must(await store.accounts.find('DEFAULT'));
  const page = { before: Number.MAX_SAFE_INTEGER, limit };
  const events = await store.events.list(key, { campaign: null, device: null }, page);
  return events.map(({ body }) => body).reverse();
};

describe('a group', () => {
  it('gives its roles to its users, and takes them back', async () => {
    const ada = await newUser({ roles: [packager()] });
    const group = await newGroup({ roles: [viewer()], users: [ada] });
    expect(await rolesOf(ada)).toEqual(sorted(viewer(), packager()));
    expect(await lastEvents(2)).toEqual([
      { type: 'document-saved', kind: 'pulse/group', id: group },
      { type: 'user-changed', user: ada },
    ]);
    done(await put(`groups/${group}`, { users: [] }));
    expect(await rolesOf(ada)).toEqual([packager()]);
    done(await put(`groups/${group}`, { users: [ada] }));
    done(await api.call('DELETE', `/api/groups/${group}`));
    expect(await rolesOf(ada)).toEqual([packager()]);
  });

  it('changes the roles of its users with its own', async () => {
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer()], users: [ada] });
    done(await put(`groups/${group}`, { roles: [packager()] }));
    expect(await rolesOf(ada)).toEqual([packager()]);
  });

  it('leaves a role that another group gives too', async () => {
    const ada = await newUser();
    const first = await newGroup({ roles: [viewer()], users: [ada] });
    const second = await newGroup({ roles: [viewer(), packager()], users: [ada] });
    done(await put(`groups/${second}`, { users: [] }));
    expect(await rolesOf(ada)).toEqual([viewer()]);
    done(await put(`groups/${first}`, { users: [] }));
    expect(await rolesOf(ada)).toEqual([]);
  });

  it('has lost who lost a role of it elsewhere, and does not bring them back', async () => {
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer(), packager()], users: [ada] });
    done(await api.call('PATCH', `/users/${ada}`, { body: { roleIds: [viewer()] } }));
    expect(await usersOf(group)).toEqual([]);
    const { body } = done(await api.call('GET', `/api/users/${ada}`));
    expect(body.groups).toEqual([]);
    expect(body.roles.map(({ id }: Named) => id)).toEqual([viewer()]);
    done(await put(`groups/${group}`, { name: unique('crew') }));
    expect(await rolesOf(ada)).toEqual([viewer()]);
  });

  it('has no users who left the organisation', async () => {
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer()], users: [ada] });
    done(await api.call('DELETE', `/api/users/${ada}`));
    expect(await usersOf(group)).toEqual([]);
  });

  it('stays with its users when it is only renamed', async () => {
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer()], users: [ada] });
    const before = done(await api.call('GET', `/api/users/${ada}`)).body.updateVersion;
    done(await put(`groups/${group}`, { name: unique('crew'), description: 'renamed' }));
    expect(done(await api.call('GET', `/api/users/${ada}`)).body.updateVersion).toBe(before);
    expect(await usersOf(group)).toEqual([ada]);
  });

  it('of another organisation is as unknown as a random one', async () => {
    const group = await newGroup({ roles: [viewer()] });
    await post('organizations', { name: 'Acme', domainName: 'acme' });
    const headers = { 'x-current-org-id': 'acme' };
    expect((await api.call('GET', `/api/groups/${group}`, { headers })).status).toBe(404);
    expect((await api.call('DELETE', `/api/groups/${group}`, { headers })).status).toBe(404);
    expect(done(await api.call('GET', '/api/groups', { headers })).body.groups).toEqual([]);
  });
});

describe('a user', () => {
  it('keeps the roles of the groups they stay in', async () => {
    const group = await newGroup({ roles: [viewer()] });
    const ada = await newUser({ groups: [group] });
    expect(await usersOf(group)).toEqual([ada]);
    done(await put(`users/${ada}`, { roles: [packager()] }));
    expect(await rolesOf(ada)).toEqual(sorted(viewer(), packager()));
    done(await put(`users/${ada}`, { displayName: 'Ada' }));
    expect(await rolesOf(ada)).toEqual(sorted(viewer(), packager()));
    done(await put(`users/${ada}`, { groups: [], roles: [packager()] }));
    expect(await rolesOf(ada)).toEqual([packager()]);
    expect(await usersOf(group)).toEqual([]);
  });

  it('moves from group to group where their roles stay the same', async () => {
    const first = await newGroup({ roles: [viewer()] });
    const second = await newGroup({ roles: [viewer()] });
    const ada = await newUser({ groups: [first] });
    done(await put(`users/${ada}`, { groups: [second] }));
    expect([await usersOf(first), await usersOf(second)]).toEqual([[], [ada]]);
    expect(await rolesOf(ada)).toEqual([viewer()]);
    expect((await lastEvents(1))[0]).toEqual({ type: 'user-changed', user: ada });
  });

  it('is not in the group that they were in before they left the organisation', async () => {
    const group = await newGroup({ roles: [viewer()] });
    const userName = `${unique('ada')}@example.com`;
    const ada = await newUser({ userName, groups: [group] });
    done(await api.call('DELETE', `/api/users/${ada}`));
    expect(await newUser({ userName, roles: [viewer()] })).toBe(ada);
    expect(await usersOf(group)).toEqual([]);
    expect(done(await api.call('GET', `/api/users/${ada}`)).body.groups).toEqual([]);
  });

  it('may have a user name that is no address, and signs in with the address then', async () => {
    const email = `${unique('ada')}@example.com`;
    const password = 'a long enough one';
    const ada = await newUser({ userName: 'ada', displayName: '', email, password });
    const { body } = done(await api.call('GET', `/api/users/${ada}`));
    expect(body).toMatchObject({ userName: email, displayName: 'ada', email, status: 'ACTIVE' });
    const headers = { authorization: `Basic ${btoa(`${email}:${password}`)}` };
    done(await api.call('GET', '/api/tokens', { as: null, headers }));
    done(await put(`users/${ada}`, { userName: 'ada', email, displayName: 'Ada' }));
  });

  it('can be inactive from the start', async () => {
    const ada = await newUser({ status: 'INACTIVE', roles: [viewer()] });
    expect(done(await api.call('GET', `/api/users/${ada}`)).body.status).toBe('INACTIVE');
  });
});

describe('rights', () => {
  it('are not given away through groups by those who do not have them', async () => {
    const keeper = await newGuest(api, ['View User', 'Create User', 'Edit User']);
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer()] });
    const empty = await newGroup({ roles: [viewer()] });
    for (const reply of [
      await put(`groups/${group}`, { users: [ada] }, keeper),
      await put(`groups/${group}`, { roles: [viewer(), packager()] }, keeper),
      await put(`users/${ada}`, { groups: [empty] }, keeper),
      await api.call('POST', '/api/groups', { as: keeper, body: { name: 'mine', roles: [viewer()] } }),
      await api.call('POST', '/api/users', {
        as: keeper,
        body: { userName: 'b@example.com', groups: [group] },
      }),
    ]) {
      expect(reply.status).toBe(403);
      expect(reply.headers['grpc-status']).toBe('7');
    }
    expect(await rolesOf(ada)).toEqual([]);
    // Taking away is another matter, and so is what changes nobody's rights.
    done(await put(`groups/${group}`, { name: 'Renamed' }, keeper));
    done(await put(`users/${ada}`, { groups: [] }, keeper));
  });

  it('stay with the last administrator, however many leave at once', async () => {
    const { body } = done(await api.call('GET', '/api/me'));
    const group = await newGroup({ roles: [administrator()] });
    const others = [await newUser(), await newUser()];
    done(await put(`groups/${group}`, { users: others }));
    // The one of the start belongs too now, with nothing of their own.
    done(await put(`groups/${group}`, { users: [...others, body.id] }));
    const refused = await put(`groups/${group}`, { roles: [viewer()] });
    expect(refused.status).toBe(400);
    expect(refused.headers['grpc-status']).toBe('9');
    expect((await api.call('DELETE', `/api/groups/${group}`)).status).toBe(400);
    expect(await rolesOf(must(others[0]))).toEqual([administrator()]);
    done(await put(`groups/${group}`, { users: [must(others[0])] }));
    expect(await rolesOf(must(others[1]))).toEqual([]);
  });

  it('are not kept by a disabled administrator alone', async () => {
    const { body } = done(await api.call('GET', '/api/me'));
    const group = await newGroup({ roles: [administrator()], users: [body.id] });
    const idle = await newUser({ roles: [administrator()], status: 'INACTIVE' });
    expect((await put(`groups/${group}`, { users: [] })).status).toBe(400);
    done(await put(`users/${idle}`, { status: 'ACTIVE' }));
    done(await put(`groups/${group}`, { users: [] }));
  });
});

describe('changes at the same moment', () => {
  beforeEach(async () => {
    await api.close();
    await start({ store: slowStore() });
  });

  it('of two groups that give the same role leave it to nobody who left both', async () => {
    const ada = await newUser();
    const groups = [
      await newGroup({ roles: [viewer()], users: [ada] }),
      await newGroup({ roles: [viewer()], users: [ada] }),
    ];
    const replies = await Promise.all(groups.map((group) => put(`groups/${group}`, { users: [] })));
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(await rolesOf(ada)).toEqual([]);
  });

  it('of a group and of the user who leaves it through themselves leave no role behind', async () => {
    const ada = await newUser();
    const groups = [
      await newGroup({ roles: [viewer()], users: [ada] }),
      await newGroup({ roles: [viewer()], users: [ada] }),
    ];
    await Promise.all([
      put(`groups/${groups[0]}`, { users: [] }),
      put(`users/${ada}`, { groups: [must(groups[0])] }),
    ]);
    const inFirst = (await usersOf(must(groups[0]))).length > 0;
    expect(await usersOf(must(groups[1]))).toEqual([]);
    expect(await rolesOf(ada)).toEqual(inFirst ? [viewer()] : []);
  });

  it('of a group and of who belongs to the organisation bring nobody back', async () => {
    const ada = await newUser();
    const group = await newGroup({ roles: [viewer()] });
    const [removed] = await Promise.all([
      api.call('DELETE', `/api/users/${ada}`),
      put(`groups/${group}`, { users: [ada] }),
    ]);
    expect(removed.status).toBe(200);
    expect((await api.call('GET', `/api/users/${ada}`)).status).toBe(404);
  });

  it('of the administrators in two groups leave one', async () => {
    const { body } = done(await api.call('GET', '/api/me'));
    const groups = [
      await newGroup({ roles: [administrator()], users: [await newUser()] }),
      await newGroup({ roles: [administrator()], users: [await newUser()] }),
    ];
    // Out of the way: only the two are left.
    done(await put(`groups/${groups[0]}`, { users: [...(await usersOf(must(groups[0]))), body.id] }));
    done(await put(`groups/${groups[0]}`, { users: (await usersOf(must(groups[0]))).slice(0, 1) }));
    const replies = await Promise.all(groups.map((group) => put(`groups/${group}`, { users: [] })));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});
