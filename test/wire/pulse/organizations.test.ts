import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newTenant } from '../../support/guests.ts';
import { slowStore } from '../../support/slow-store.ts';
import { done } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ store: slowStore() });
});
afterEach(() => api.close());

const path = '/api/organizations/DEFAULT/settings';
const set = (...body: readonly object[]) => api.call('PUT', path, { body });
const account = async () => done(await api.call('GET', '/accounts/DEFAULT')).body;
const approval = (needed: unknown) => ({
  category: 'campaign',
  settings: { 'campaign-approval-needed': needed },
});
const statusOfNew = async (): Promise<string> => {
  const { uuid } = done(await api.call('POST', '/api/campaigns', { body: { name: 'Spring' } })).body;
  return done(await api.call('GET', `/api/campaigns/${uuid}`)).body.status;
};

describe('the settings of an organisation', () => {
  it('decide whether new campaigns need a go, and leave those that are there alone', async () => {
    expect(await statusOfNew()).toBe('CREATED');
    done(await set(approval('true')));
    expect((await account()).approvalPolicy).toBe('one');
    expect(await statusOfNew()).toBe('APPROVAL_NEEDED');
    done(await set(approval(false)));
    expect(await statusOfNew()).toBe('CREATED');
    const { campaigns } = done(await api.call('GET', '/api/campaigns?status=APPROVAL_NEEDED')).body;
    expect(campaigns).toHaveLength(1);
  });

  it('ask for no less than another API asks for', async () => {
    done(await api.call('PATCH', '/accounts/DEFAULT', { body: { approvalPolicy: 'two-others' } }));
    done(await set(approval('true')));
    expect((await account()).approvalPolicy).toBe('two-others');
    expect(done(await api.call('GET', `${path}?category=campaign`)).body.settings).toEqual({
      'campaign-approval-needed': 'true',
    });
  });

  it('are beside those that other APIs keep', async () => {
    const settings = { 'console.theme': 'dark' };
    done(await api.call('PATCH', '/accounts/DEFAULT', { body: { settings } }));
    done(await set({ category: 'metric', settings: { 'retention-days': '30' } }));
    expect((await account()).settings).toEqual({
      'console.theme': 'dark',
      'pulse.metric.retention-days': '30',
    });
    done(await set({ category: 'metric', settings: {} }));
    expect((await account()).settings).toEqual(settings);
  });

  it('are all changed or none of them', async () => {
    const reply = await set({ category: 'metric', settings: { a: '1' } }, approval('perhaps'));
    expect(reply.status).toBe(400);
    expect((await account()).settings).toEqual({});
  });

  it('keep what is set at the same moment in other categories', async () => {
    const categories = ['metric', 'iam', 'notifications'];
    const replies = await Promise.all(
      categories.map((category) => set({ category, settings: { a: category } })),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await account()).settings).toEqual({
      'pulse.metric.a': 'metric',
      'pulse.iam.a': 'iam',
      'pulse.notifications.a': 'notifications',
    });
  });

  it.each([
    ['no array', { category: 'metric', settings: {} }],
    ['nothing in it', []],
    ['no category', [{ settings: {} }]],
    ['a category with a dot', [{ category: 'a.b', settings: {} }]],
    ['settings that are none', [{ category: 'a', settings: 'b' }]],
    ['more than an account keeps', [{ category: 'a', settings: { b: 'x'.repeat(5_000) } }]],
  ] as const)('are refused with %s', async (_, body) => {
    const reply = await api.call('PUT', path, { body });
    expect(reply.status).toBe(400);
    expect(reply.headers['grpc-status']).toBe('3');
  });

  it('are found by a name in any case', async () => {
    done(await api.call('PUT', '/api/organizations/default/settings', { body: [approval('true')] }));
    expect((await account()).approvalPolicy).toBe('one');
  });
});

describe('another organisation', () => {
  it('is reached by naming it, as an administrator of the server even by its path alone', async () => {
    await newTenant(api, 'ACME');
    const headers = { 'x-current-org-id': 'ACME' };
    const elsewhere = '/api/organizations/ACME/settings';
    done(await api.call('PUT', elsewhere, { body: [approval('true')], headers }));
    const { body } = done(await api.call('GET', `${elsewhere}?category=campaign`));
    expect(body.settings['campaign-approval-needed']).toBe('true');
    expect((await account()).approvalPolicy).toBe('none');
  });
});
