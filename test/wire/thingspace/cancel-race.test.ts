import { afterEach, expect, it } from 'vitest';
import { openMemory } from '../../../src/store/memory.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { ACCOUNT } from './operator.ts';
import { prepareSamples, prepareScheduled } from './prepare-campaigns.ts';
import { first, publishedV2 } from './published.ts';

let api: Api | undefined;
afterEach(() => api?.close());

it('a cancel that meets the server at work on the same campaign holds all the same', async () => {
  const store = openMemory();
  let meets: string | undefined;
  /** Another write of the campaign, between what the cancel reads and what it writes. */
  const write = async (id: string): Promise<void> => {
    const { key: account } = must(await store.accounts.find(ACCOUNT));
    const was = must(await store.campaigns.find(account, id));
    await store.commit({ account, writes: [{ save: 'campaign', was, value: was }], events: [] });
  };
  api = await startApi({
    clock: () => Date.parse('2020-08-20T10:00:00Z'),
    store: {
      ...store,
      commit: async (change) => {
        const id = meets;
        meets = undefined;
        if (id !== undefined) await write(id);
        return store.commit(change);
      },
    },
  });
  await prepareSamples(api);
  const id = await prepareScheduled(api, `/v2/campaigns/${ACCOUNT}`, { ...publishedV2, deviceList: [first] });
  meets = id;
  const headers = { 'vz-m2m-token': api.admin };
  const reply = await api.call('DELETE', `/api/fota/v2/campaigns/${ACCOUNT}/${id}`, { headers });
  expect(reply).toMatchObject({ status: 200 });
  expect((await api.call('GET', `/campaigns/${id}`)).body.status).toBe('cancelled');
});
