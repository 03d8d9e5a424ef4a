import { afterEach, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
import type { ApprovalPolicy, Campaign } from '../../../src/domain/campaign.ts';
import { accepted, must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { sampleCampaign, samplePlan } from '../../support/samples.ts';
import { done, prepareGateway, preparePackage, preparePerson } from './prepare.ts';

const DAY = 24 * 60 * 60 * 1_000;

let api: Api;
const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  api = await startApi({}, env);
};
afterEach(() => api.close());

const create = async (body: object = {}): Promise<string> =>
  done(await api.call('POST', '/api/campaigns', { body: { name: 'Spring', ...body } })).body.uuid;
const put = (id: string, path: string, body?: object, as = api.admin) =>
  api.call('PUT', `/api/campaigns/${id}${path}`, { as, ...(body && { body }) });
const read = async (id: string) => done(await api.call('GET', `/api/campaigns/${id}`)).body;
const list = async (query: string) => done(await api.call('GET', `/api/campaigns?${query}`)).body;
const namesIn = async (query: string): Promise<readonly string[]> =>
  (await list(query)).campaigns.map(({ name }: { readonly name: string }) => name);
const counts = async () => done(await api.call('GET', '/api/campaign-status/campaigns')).body;
const requireApproval = (policy: ApprovalPolicy) =>
  api.call('PATCH', '/accounts/DEFAULT', { body: { approvalPolicy: policy } });

/** A campaign in a state that this API does not lead to. */
const keep = async (name: string, given: (base: Campaign) => Campaign): Promise<string> => {
  const { store } = api.context;
  const account = must(await store.accounts.find('DEFAULT')).key;
  const value = given(sampleCampaign({ id: api.context.ids.uuid(), plan: samplePlan({ name }) }));
  accepted(await store.commit({ account, writes: [{ save: 'campaign', value }], events: [] }));
  return value.id;
};

const scheduled =
  (policy: ApprovalPolicy) =>
  ({ status: _, ...base }: Campaign): Campaign => ({
    ...base,
    policy,
    status: 'scheduled',
    startAt: Date.UTC(2027, 1),
  });

describe('a campaign that another API has brought further', () => {
  it('is CREATED or APPROVED while it waits for its date, by whether it needs an approval', async () => {
    await start();
    const free = await keep('free', scheduled('none'));
    const bound = await keep('bound', scheduled('one'));
    await keep('draft', (base) => base);
    expect([(await read(free)).status, (await read(bound)).status]).toEqual(['CREATED', 'APPROVED']);
    expect(await namesIn('status=CREATED')).toEqual(['free', 'draft']);
    expect(await namesIn('status=APPROVED')).toEqual(['bound']);
    expect(await namesIn('status=APPROVED&status=CREATED')).toEqual(['free', 'bound', 'draft']);
    expect(await counts()).toMatchObject({
      aprovedNotStartedCount: '1',
      approvedNotStartedCount: '1',
      noApprovalNeededReadyToStartCount: '2',
      startedCount: '0',
    });
  });

  it('can be started before its date', async () => {
    await start();
    const base = await preparePackage(api, 'base');
    const id = await create({ packages: [base] });
    const startAt = new Date(api.context.clock() + DAY).toISOString();
    done(await api.call('POST', `/campaigns/${id}/schedule`, { body: { startAt } }));
    expect((await put(id, '/start')).body).toEqual({});
    expect((await read(id)).status).toBe('STARTED');
  });

  it('is STARTED while it is paused, and goes on when it is started', async () => {
    await start();
    const id = await create({ packages: [await preparePackage(api, 'base')] });
    await put(id, '/start');
    done(await api.call('POST', `/campaigns/${id}/pause`));
    expect((await read(id)).status).toBe('STARTED');
    expect((await counts()).startedCount).toBe('1');
    expect((await put(id, '/start')).status).toBe(200);
    expect((await api.call('GET', `/campaigns/${id}`)).body.status).toBe('running');
  });

  it.each(['end', 'cancel'])(
    'is STOPPED after "%s": stopping it is no error, starting it is',
    async (verb) => {
      await start();
      const id = await create({ packages: [await preparePackage(api, 'base')] });
      await put(id, '/start');
      done(await api.call('POST', `/campaigns/${id}/${verb}`));
      expect((await read(id)).status).toBe('STOPPED');
      expect((await put(id, '/stop')).body).toEqual({});
      expect((await put(id, '/start')).body).toMatchObject({ code: 9 });
      expect((await put(id, '', { name: 'Other' })).body).toMatchObject({ code: 9 });
      expect((await api.call('DELETE', `/api/campaigns/${id}`)).status).toBe(200);
    },
  );
});

describe('a list of campaigns', () => {
  it('is paged in each of the three spellings, by name or by age, either way', async () => {
    await start();
    for (const name of ['beta', 'Alpha', 'gamma']) {
      await create({ name });
      api.pass(1_000);
    }
    const pages = ['page.number=1&page.size=2', 'page=1&pageSize=2', 'pageInfo.page=1&pageInfo.pageSize=2'];
    for (const page of pages) {
      expect(await list(page)).toMatchObject({
        campaigns: [{ name: 'gamma' }],
        page: { number: 1, size: 2, sort: 'creationTime,asc' },
        pageResponse: { totalPages: '2', totalElements: '3', page: 1, pageSize: 2 },
      });
    }
    expect(await namesIn('sort=name,asc')).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await namesIn('sort=name,DESC')).toEqual(['gamma', 'beta', 'Alpha']);
    expect(await namesIn('page.sort=creationTime,desc')).toEqual(['gamma', 'Alpha', 'beta']);
    expect(await namesIn('page=7')).toEqual([]);
    expect((await list('page.size=5000')).page.size).toBe(1_000);
    for (const wrong of ['sort=size', 'sort=name,up', 'page.size=0', 'page.number=x', 'page=1.5']) {
      const reply = await api.call('GET', `/api/campaigns?${wrong}`);
      expect([wrong, reply.status, reply.body.code]).toEqual([wrong, 400, 3]);
    }
  });

  it('begins with page 1 where a setting says so', async () => {
    await start({ MUSTER_PULSE_FIRST_PAGE: '1' });
    await create();
    expect(await list('')).toMatchObject({ page: { number: 1 }, pageResponse: { page: 1, totalPages: '1' } });
    expect(await namesIn('page=1')).toEqual(['Spring']);
    expect((await api.call('GET', '/api/campaigns?page=0')).body.message).toBe(
      'page: expected 1 or more; got 0.',
    );
  });

  it('is filtered by text in any case, by age, by packages and by several ids', async () => {
    await start();
    const [base, maps] = [await preparePackage(api, 'base'), await preparePackage(api, 'maps')];
    const first = await create({ name: 'Spring', description: 'Nights only', packages: [base] });
    api.pass(60_000);
    const second = await create({ name: 'Autumn', packages: [maps, base] });
    const third = await create({ name: '100 %_ Zürich' });
    expect(await namesIn('name=SPRI')).toEqual(['Spring']);
    expect(await namesIn('name=%25_')).toEqual(['100 %_ Zürich']);
    expect(await namesIn('name=z%C3%9CR')).toEqual(['100 %_ Zürich']);
    expect(await namesIn('description=night')).toEqual(['Spring']);
    expect(await namesIn(`packages=${maps}`)).toEqual(['Autumn']);
    expect(await namesIn(`packages=${maps}&packages=${base}`)).toEqual(['Spring', 'Autumn']);
    expect(await namesIn(`id=${first}&id=${third}`)).toEqual(['Spring', '100 %_ Zürich']);
    expect(await namesIn(`creationTime=${(await read(second)).creationTime}`)).toEqual([
      'Autumn',
      '100 %_ Zürich',
    ]);
    expect(await namesIn('creationTime=0&id=&name=&status=&packages=')).toHaveLength(3);
    expect((await api.call('GET', '/api/campaigns?creationTime=yesterday')).status).toBe(400);
  });
});

describe('an edit', () => {
  it('of a campaign that is started changes packages for whoever has not got them yet', async () => {
    await start();
    const [base, maps] = [await preparePackage(api, 'base'), await preparePackage(api, 'maps')];
    const id = await create({
      packages: [base],
      campaignSettings: { settings: { 'ota.stepsPerPoll': '8' } },
    });
    const quick = await prepareGateway(api, 'quick');
    await prepareGateway(api, 'slow');
    done(await api.call('POST', `/api/campaigns/${id}/devices`, { body: { gatewayIds: ['quick', 'slow'] } }));
    await put(id, '/start');
    const { body } = await api.call('GET', '/api/devices/quick/commands', { as: quick });
    expect(body.commandMessage).toMatchObject([{ command: 'OTA_DOWNLOAD' }]);
    expect((await put(id, '', { packages: [maps] })).status).toBe(200);
    const packagesOf = async (gateway: string) =>
      (await api.call('GET', `/api/campaigns/${id}/devices/${gateway}/packages`)).body.packages;
    expect(await packagesOf('quick')).toEqual([base]);
    expect(await packagesOf('slow')).toEqual([maps]);
  });

  it('that changes only what approvals are not bound to keeps them; one of packages or distribution does not', async () => {
    await start();
    await requireApproval('one');
    const approver = await preparePerson(api, 'Campaign Approver');
    const base = await preparePackage(api, 'base');
    const query = { name: 'North', expression: 'tag = north' };
    const { id: listId } = done(await api.call('POST', '/queries', { body: query })).body;
    const id = await create({ packages: [base] });
    const approve = () => put(id, '/approve', {}, approver);
    await approve();
    await put(id, '', { name: 'Other', description: 'New', campaignSettings: { settings: { a: 'b' } } });
    expect((await read(id)).status).toBe('APPROVED');
    await put(id, '/distribution-list', { distributionListId: listId, reevaluationIntervalSeconds: '60' });
    expect((await read(id)).status).toBe('APPROVAL_NEEDED');
    await approve();
    await put(id, '', { packages: [] });
    expect((await read(id)).status).toBe('APPROVAL_NEEDED');
    await put(id, '', { packages: [base] });
    await approve();
    expect((await put(id, '/start')).status).toBe(200);
    const edited = await put(id, '', { packages: [] });
    expect([edited.status, edited.body.code]).toEqual([400, 9]);
    expect((await put(id, '', { name: 'While it runs' })).status).toBe(200);
    expect(await read(id)).toMatchObject({ name: 'While it runs', packages: { packages: [base] } });
  });

  it('of settings replaces all of them, and leaves the pause between attempts', async () => {
    await start();
    const id = await create({ campaignSettings: { settings: { a: '1', 'ota.attempts': '5' } } });
    done(
      await api.call('PATCH', `/campaigns/${id}`, { body: { retry: { attempts: 5, backOffSeconds: 7 } } }),
    );
    await put(id, '', { updateSpec: { campaignSettings: { settings: { b: '2' } } } });
    expect((await read(id)).campaignSettings).toEqual({ settings: { b: '2' } });
    const { retry } = (await api.call('GET', `/campaigns/${id}`)).body;
    expect(retry).toMatchObject({ attempts: 1, backOffSeconds: 7 });
    await put(id, '', { updateSpec: { description: 'no settings' } });
    expect((await read(id)).campaignSettings).toEqual({ settings: { b: '2' } });
    await put(id, '', { updateSpec: { campaignSettings: {} } });
    expect((await read(id)).campaignSettings).toEqual({ settings: {} });
  });

  it('that is wrong in one part changes nothing', async () => {
    await start();
    const id = await create({ description: 'as it was' });
    const before = await read(id);
    const wrong = [
      { name: 'New', packages: ['nothing'] },
      { name: 'New', campaignSettings: { settings: { 'ota.attempts': 'many' } } },
      { name: 'New', packages: 'a'.repeat(300) },
      { name: 'New', packages: { package: [] } },
      { updateSpec: { name: 'New', packages: [{}] } },
      { updateSpec: 'New' },
      [{ name: 'New' }],
    ];
    for (const body of wrong) {
      const reply = await api.call('PUT', `/api/campaigns/${id}`, { body });
      expect([body, Math.floor(reply.status / 100)]).toEqual([body, 4]);
      expect(reply.headers['grpc-status']).toBe(`${reply.body.code}`);
    }
    expect(await read(id)).toEqual(before);
  });
});

describe('an approval', () => {
  it('of two others leaves the campaign as it is until the second', async () => {
    await start();
    await requireApproval('two-others');
    const approver = await preparePerson(api, 'Campaign Approver');
    const second = await preparePerson(api, 'Campaign Administrator');
    const id = await create({ packages: [await preparePackage(api, 'base')] });
    const own = await put(id, '/approve');
    expect([own.status, own.body.code]).toEqual([403, 7]);
    expect((await put(id, '/approve', {}, approver)).status).toBe(200);
    expect((await read(id)).status).toBe('APPROVAL_NEEDED');
    expect((await put(id, '/approve', {}, second)).status).toBe(200);
    expect((await read(id)).status).toBe('APPROVED');
  });

  it('is needed by campaigns that were made while the account asked for it, and by no others', async () => {
    await start();
    const before = await create();
    await requireApproval('one');
    const during = await create();
    await requireApproval('none');
    expect([(await read(before)).status, (await read(during)).status]).toEqual([
      'CREATED',
      'APPROVAL_NEEDED',
    ]);
    expect(await counts()).toMatchObject({
      waitingApprovalCount: '1',
      noApprovalNeededReadyToStartCount: '1',
    });
  });
});

describe('a distribution list', () => {
  it('brings in whoever matches when the campaign is started, and from then on at once', async () => {
    await start();
    const base = await preparePackage(api, 'base');
    const query = { name: 'North', expression: 'tag = north' };
    const { id: listId } = done(await api.call('POST', '/queries', { body: query })).body;
    const id = await create({ packages: [base] });
    await put(id, '/distribution-list', { distributionListId: listId, reevaluationIntervalSeconds: 10 });
    await prepareGateway(api, 'gw-1', { tags: ['north'] });
    await prepareGateway(api, 'gw-2', { tags: ['south'] });
    await put(id, '/start');
    const work = async () => {
      while (await runNextJob(api.context));
    };
    const members = async () => {
      const { gateways } = done(await api.call('GET', `/api/campaigns/${id}/devices`)).body;
      return gateways.map(({ gatewayId }: { readonly gatewayId: string }) => gatewayId);
    };
    await work();
    expect(await members()).toEqual(['gw-1']);
    await prepareGateway(api, 'gw-3', { tags: ['north'] });
    expect(await members()).toEqual(['gw-1', 'gw-3']);
    api.pass(10_000);
    await work();
    expect(await members()).toEqual(['gw-1', 'gw-3']);
  });

  it.each([
    ['1', 400],
    ['9', 400],
    ['10', 200],
    ['0', 200],
    ['31536001', 400],
    ['-60', 400],
    ['6.5', 400],
    ['soon', 400],
    ['', 200],
    [60, 200],
  ])('with the interval %j is answered %i', async (reevaluationIntervalSeconds, status) => {
    await start();
    const query = { name: 'North', expression: 'tag = north' };
    const { id: distributionListId } = done(await api.call('POST', '/queries', { body: query })).body;
    const id = await create();
    const reply = await put(id, '/distribution-list', { distributionListId, reevaluationIntervalSeconds });
    expect(reply.status).toBe(status);
  });
});

describe('what is told of a campaign', () => {
  it('was modified when something last happened to it', async () => {
    await start();
    const id = await create({ packages: [await preparePackage(api, 'base')] });
    const modified = async () => Number((await read(id)).modificationTime);
    const created = await modified();
    expect(`${created}`).toBe((await read(id)).creationTime);
    api.pass(5_000);
    await put(id, '', { description: 'New' });
    expect(await modified()).toBe(created + 5_000);
    api.pass(5_000);
    await put(id, '/start');
    expect(await modified()).toBe(created + 10_000);
    const status = done(await api.call('GET', `/api/campaigns/${id}/status`)).body;
    expect(status).toMatchObject({ modificationTime: `${created + 10_000}`, creationTime: `${created}` });
  });

  it('is nothing to whoever acts in another organisation', async () => {
    await start();
    const id = await create();
    done(await api.call('POST', '/accounts', { body: { id: 'OTHER', name: 'Other' } }));
    for (const header of ['x-current-org-id', 'x-current-tenant-id']) {
      const headers = { [header]: 'OTHER' };
      expect((await api.call('GET', `/api/campaigns/${id}`, { headers })).status).toBe(404);
      expect((await api.call('GET', '/api/campaigns', { headers })).body.campaigns).toEqual([]);
    }
  });
});
