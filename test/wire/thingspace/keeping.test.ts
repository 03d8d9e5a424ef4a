import { afterEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/app/caller.ts';
import { type Permission, permissions } from '../../../src/app/permissions.ts';
import type { Store } from '../../../src/app/ports.ts';
import { factsOf } from '../../../src/app/thingspace-campaign.ts';
import { requestDevices, schedule } from '../../../src/app/thingspace-campaigns.ts';
import type { Change } from '../../../src/app/writes.ts';
import { must } from '../../contract/store/world.ts';
import { type CampaignCalls, campaignCalls, startV2, startV3 } from './campaign-calls.ts';
import { ACCOUNT, imei, type Operator } from './operator.ts';
import { done } from './prepare.ts';
import { first, publishedV2, publishedV3, second } from './published.ts';

let operator: Operator;
let calls: CampaignCalls;
const start = async (made: Promise<Operator>) => {
  operator = await made;
  calls = campaignCalls(operator);
};
afterEach(() => operator.api.close());

const account = async () => must(await operator.api.context.store.accounts.find(ACCOUNT));

/** What is left in the store of the documents of this wire's campaigns. */
const documents = async (): Promise<Readonly<Record<string, number>>> => {
  const { store } = operator.api.context;
  const { key } = await account();
  const counts: Record<string, number> = {};
  for (const kind of ['campaign', 'request', 'unknown']) {
    const page = await store.documents.list(key, `thingspace/${kind}`, { after: 0, limit: 100 });
    counts[kind] = page.items.length;
  }
  return counts;
};

const caller = async (): Promise<Caller> => {
  const { store } = operator.api.context;
  const user = must(await store.users.findByEmail('admin@localhost'));
  const actor = { kind: 'user', id: user.id } as const;
  return { account: await account(), actor, permissions: new Set<Permission>(permissions) } as Caller;
};

/** The process ends at once after its first commit. */
const endingStore = (store: Store): Store => {
  let commits = 0;
  const commit = async (change: Change) => {
    commits += 1;
    if (commits > 1) throw new Error('the process has ended');
    return store.commit(change);
  };
  return { ...store, commit };
};

describe('whoever asks for a campaign', () => {
  const asking = (asked: 'v2' | 'v3' | 'v1', session: string) => {
    const { firmwareName, firmwareTo, startDate, endDate } = publishedV3;
    const bodies = {
      v1: { accountName: ACCOUNT, firmwareName, firmwareTo, startDate, endDate, deviceList: [first] },
      v2: { ...publishedV2, deviceList: [first] },
      v3: { ...publishedV3, deviceList: [first] },
    };
    const paths = {
      v1: 'v1/upgrades',
      v2: `v2/campaigns/${ACCOUNT}`,
      v3: `v3/campaigns/firmware/${ACCOUNT}`,
    };
    const headers = { 'vz-m2m-token': session };
    return operator.api.call('POST', `/api/fota/${paths[asked]}`, {
      as: session,
      headers,
      body: bodies[asked],
    });
  };
  const sessionWith = async (...granted: readonly Permission[]): Promise<string> => {
    const body = { name: 'SDK', permissions: granted };
    return done(await operator.api.call('POST', '/tokens', { as: operator.token(), body })).body.token;
  };

  it.each([
    ['v1', startV3],
    ['v2', startV2],
    ['v3', startV3],
  ] as const)(
    'needs in %s to be allowed to schedule it as well as to create it, and no more',
    async (api, begin) => {
      await start(begin());
      expect(await asking(api, await sessionWith('Create Campaign', 'View Campaign'))).toMatchObject({
        status: 400,
        body: {
          errorCode: 'INVALID_ACCESS',
          errorMessage: 'This needs the permission "Schedule Campaign" in this account.',
        },
      });
      expect(await documents()).toEqual({ campaign: 0, request: 0, unknown: 0 });
      done(await asking(api, await sessionWith('Create Campaign', 'Schedule Campaign')));
    },
  );
});

describe('a process that ends', () => {
  it('right after it took a campaign on leaves none that nobody looks at', async () => {
    await start(startV2());
    const { context } = operator.api;
    const model = await calls.scheduled('v2');
    const by = await caller();
    const { facts } = must(await factsOf(context.store, by.account.key, model));
    const campaign = must(await context.store.campaigns.find(by.account.key, model));
    done(await calls.cancel('v2', model));
    await operator.work();
    const [pack] = await context.store.packages.findMany(by.account.key, campaign.plan.packages);
    const ending = { ...context, store: endingStore(context.store) };
    const made = await schedule(ending, by, facts, must(pack), [first]);
    if (!made.ok) throw new Error(made.refusal.code);
    await operator.work();
    expect(await calls.status('v2', made.value.campaign.id)).toBe('CampaignRequestQueued');
    expect(Object.keys(await calls.statuses('v2', made.value.campaign.id))).toEqual([first]);
  });

  it.each([
    ['append', second, [first, second]],
    ['remove', first, []],
  ] as const)('right after it took a request to %s on does so later', async (type, deviceId, left) => {
    await start(startV2());
    const id = await calls.scheduled('v2', { deviceList: [first] });
    const { context } = operator.api;
    const by = await caller();
    const campaign = must(await context.store.campaigns.find(by.account.key, id));
    const ending = { ...context, store: endingStore(context.store) };
    await requestDevices(ending, by, campaign, { type, deviceIds: [deviceId] });
    expect(Object.keys(await calls.statuses('v2', id))).toEqual([first]);
    await operator.work();
    expect(Object.keys(await calls.statuses('v2', id))).toEqual(left);
  });
});

describe('what this wire keeps of a campaign', () => {
  it('goes with it, and nothing of another one does', async () => {
    await start(startV2());
    // Of two pieces.
    const nobody = Array.from({ length: 5_001 }, (_, index) => imei(index));
    const id = await calls.scheduled('v2', { deviceList: [first, ...nobody] });
    const other = await calls.scheduled('v2', { deviceList: [second, 'nobody'] });
    done(await calls.change('v2', id, { Type: 'remove', deviceList: nobody.slice(1) }));
    await operator.work();
    expect(Object.keys(await calls.statuses('v2', id))).toHaveLength(2);
    done(await calls.cancel('v2', id));
    await operator.work();
    expect(await documents()).toEqual({ campaign: 2, request: 4, unknown: 2 });
    done(await operator.api.call('DELETE', `/campaigns/${id}`, { as: operator.token() }));
    expect(await documents()).toEqual({ campaign: 1, request: 1, unknown: 1 });
    expect(Object.keys(await calls.statuses('v2', other))).toEqual([second, 'nobody']);
  });
});
