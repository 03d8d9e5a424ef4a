import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDueCampaigns } from '../../../src/app/campaign-end.ts';
import { runNextJob } from '../../../src/app/jobs.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';

const HOUR = 3_600_000;

let api: Api;
beforeEach(async () => {
  api = await startApi({}, { MUSTER_SESSION_TTL: '720h' });
});
afterEach(() => api.close());

const upload = async (name = 'gateway-os', version = '2.0.0', account?: string): Promise<string> => {
  const reply = await api.call('POST', `/packages?name=${name}&version=${version}&kind=firmware`, {
    ...(account === undefined ? {} : { account }),
    body: new Uint8Array([1, 2, 3, version.length]),
    headers: { 'content-type': 'application/octet-stream' },
  });
  expect(reply.status).toBe(201);
  return reply.body.id;
};

const register = async (id: string, fields: object = {}): Promise<void> => {
  const reply = await api.call('POST', '/devices', { body: { id, protocol: 'custom', ...fields } });
  expect(reply.status).toBe(201);
};

const create = async (fields: object = {}): Promise<string> => {
  const reply = await api.call('POST', '/campaigns', { body: { name: 'spring roll-out', ...fields } });
  expect(reply.status).toBe(201);
  return reply.body.id;
};

const act = (campaign: string, verb: string, body?: object) =>
  api.call('POST', `/campaigns/${campaign}/${verb}`, body === undefined ? {} : { body });

const report = (campaign: string, device: string, body: object) =>
  api.call('POST', `/campaigns/${campaign}/devices/${device}/reports`, { body });

const runJobs = async (): Promise<void> => {
  while (await runNextJob(api.context));
};

describe('creating and editing a campaign', () => {
  it('answers the whole campaign with defaults, its place and its revision', async () => {
    const packageId = await upload();
    const reply = await api.call('POST', '/campaigns', { body: { name: 'spring', packages: [packageId] } });
    expect(reply.status).toBe(201);
    expect(reply.headers['etag']).toBe('"1"');
    expect(reply.headers['location']).toMatch(new RegExp(`/api/v1/campaigns/${reply.body.id}$`));
    expect(reply.body).toMatchObject({
      status: 'draft',
      name: 'spring',
      description: '',
      packages: [packageId],
      target: { by: 'hand' },
      endAt: null,
      download: { notBefore: null, windows: [] },
      checkpoints: [],
      concurrency: null,
      retry: { attempts: 3, backOffSeconds: 300 },
      approvalPolicy: 'none',
      approvals: [],
      allowedActions: ['edit', 'schedule', 'start', 'cancel', 'delete'],
      revision: 1,
    });
    const read = await api.call('GET', `/campaigns/${reply.body.id}`);
    expect(read.body).toEqual(reply.body);
  });

  it('makes one campaign of a create that is repeated with its key, and refuses the key for another', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await api.call('POST', '/campaigns', { body: { name: 'once' }, headers });
    const again = await api.call('POST', '/campaigns', { body: { name: 'once' }, headers });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    const other = await api.call('POST', '/campaigns', { body: { name: 'twice' }, headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency/reused' } });
    expect((await api.call('GET', '/campaigns')).body.items).toHaveLength(1);
  });

  it('makes one campaign of many creates that race with one key', async () => {
    const headers = { 'idempotency-key': 'race' };
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => api.call('POST', '/campaigns', { body: { name: 'race' }, headers })),
    );
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect((await api.call('GET', '/campaigns')).body.items).toHaveLength(1);
  });

  it('changes what is given, leaves the rest, and round-trips windows', async () => {
    const id = await create();
    const install = {
      notBefore: '2026-12-01T00:00:00.000Z',
      windows: [{ days: ['mon', 'sun'], from: '22:30', to: '04:00', zone: 'device' }],
    };
    const reply = await api.call('PATCH', `/campaigns/${id}`, { body: { install, concurrency: 50 } });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ name: 'spring roll-out', install, concurrency: 50, revision: 2 });
  });

  it('refuses an edit of what somebody else changed meanwhile', async () => {
    const id = await create();
    await api.call('PATCH', `/campaigns/${id}`, { body: { name: 'a' }, headers: { 'if-match': '"1"' } });
    const stale = await api.call('PATCH', `/campaigns/${id}`, {
      body: { name: 'b' },
      headers: { 'if-match': '"1"' },
    });
    expect(stale).toMatchObject({ status: 412, body: { code: 'changed-meanwhile' } });
    expect((await api.call('GET', `/campaigns/${id}`)).body.name).toBe('a');
  });

  it.each([
    ['an end in the past', { endAt: '2020-01-01T00:00:00Z' }, 'invalid', 'endAt'],
    ['a blank name', { name: ' ' }, 'invalid', 'name'],
    ['a package twice', { packages: ['p', 'p'] }, 'invalid', 'packages'],
    [
      'a query that is none',
      { target: { by: 'query', expression: 'model =', reevaluateSeconds: 0 } },
      'query/syntax',
      'expected',
    ],
    [
      'an empty window',
      { install: { notBefore: null, windows: [{ days: ['mon'], from: '08:00', to: '08:00', zone: 'utc' }] } },
      'invalid',
      'install.windows.0.to',
    ],
  ])('refuses %s and changes nothing', async (_, fields, code, says) => {
    const id = await create();
    const reply = await api.call('PATCH', `/campaigns/${id}`, { body: fields });
    expect(reply.status).toBe(422);
    expect(reply.body.code).toBe(code);
    expect(reply.body.detail).toContain(says);
    expect((await api.call('GET', `/campaigns/${id}`)).body.revision).toBe(1);
  });

  it('refuses packages that the account does not have', async () => {
    const reply = await api.call('POST', '/campaigns', { body: { name: 'x', packages: ['nowhere'] } });
    expect(reply).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(reply.body.detail).toContain('package "nowhere"');
  });

  it('lists by status, text and package, page by page', async () => {
    const packageId = await upload();
    const ids = [await create({ name: 'alpha', packages: [packageId] }), await create({ name: 'beta' })];
    await act(ids[0] ?? '', 'start');
    const list = async (query: string) =>
      (await api.call('GET', `/campaigns?${query}`)).body.items.map(({ name }: { name: string }) => name);
    expect(await list('status=running')).toEqual(['alpha']);
    expect(await list('status=running&status=draft')).toEqual(['alpha', 'beta']);
    expect(await list('text=ETA')).toEqual(['beta']);
    expect(await list(`package=${packageId}`)).toEqual(['alpha']);
    const first = await api.call('GET', '/campaigns?limit=1');
    expect(first.body.items).toHaveLength(1);
    const second = await api.call('GET', `/campaigns?limit=1&cursor=${first.body.next}`);
    expect(second.body.items[0].name).toBe('beta');
    expect(second.body.next).toBeNull();
  });
});

describe('the life of a campaign', () => {
  it('refuses to start with nothing to send', async () => {
    const reply = await act(await create(), 'start');
    expect(reply).toMatchObject({ status: 409, body: { code: 'campaign/nothing-to-send' } });
  });

  it('goes through start, pause, resume, stop and start again; a repeat changes nothing', async () => {
    const id = await create({ packages: [await upload()] });
    for (const [verb, status] of [
      ['start', 'running'],
      ['start', 'running'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['stop', 'stopped'],
      ['start', 'running'],
    ] as const) {
      expect(await act(id, verb)).toMatchObject({ status: 200, body: { status } });
    }
    const types = (await api.call('GET', `/campaigns/${id}/events`)).body.items.map(
      (event: { type: string }) => event.type,
    );
    expect(types.reverse()).toEqual([
      'campaign-created',
      'campaign-started',
      'campaign-paused',
      'campaign-resumed',
      'campaign-stopped',
      'campaign-started',
    ]);
  });

  it('refuses what its state does not allow, and says what it is', async () => {
    const id = await create({ packages: [await upload()] });
    const reply = await act(id, 'pause');
    expect(reply).toMatchObject({ status: 409, body: { code: 'campaign/wrong-state' } });
    expect(reply.body.detail).toContain('draft');
    await act(id, 'start');
    expect(await api.call('DELETE', `/campaigns/${id}`)).toMatchObject({ status: 409 });
  });

  it('starts by itself at its date and ends by itself at its end', async () => {
    const start = new Date(api.context.clock() + HOUR).toISOString();
    const end = new Date(api.context.clock() + 3 * HOUR).toISOString();
    const id = await create({ packages: [await upload()], endAt: end });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    expect(await act(id, 'schedule', { startAt: start })).toMatchObject({
      body: { status: 'scheduled', startAt: start },
    });
    expect(await runDueCampaigns(api.context)).toBe(0);
    api.pass(HOUR);
    await runDueCampaigns(api.context);
    expect((await api.call('GET', `/campaigns/${id}`)).body).toMatchObject({
      status: 'running',
      startAt: null,
    });
    api.pass(2 * HOUR);
    await runDueCampaigns(api.context);
    await runJobs();
    expect((await api.call('GET', `/campaigns/${id}`)).body).toMatchObject({
      status: 'ended',
      startedAt: start,
      because: 'end-date',
    });
    const update = await api.call('GET', `/campaigns/${id}/devices/d1`);
    expect(update.body).toMatchObject({ outcome: 'timed-out', reason: 'campaign-ended' });
  });

  it('needs the approvals of its account, which lapse when the content changes', async () => {
    const approver = await newApprover();
    await api.call('PATCH', '/accounts/DEFAULT', { body: { approvalPolicy: 'another' } });
    const packageId = await upload();
    const id = await create({ packages: [packageId] });
    expect((await api.call('GET', `/campaigns/${id}`)).body.status).toBe('awaiting-approval');
    expect(await act(id, 'start')).toMatchObject({ status: 409 });
    expect(await act(id, 'approve')).toMatchObject({ status: 403, body: { code: 'campaign/own-approval' } });
    const approved = await api.call('POST', `/campaigns/${id}/approve`, { as: approver });
    expect(approved.body).toMatchObject({ status: 'approved', approvals: [{ by: expect.any(String) }] });
    await api.call('PATCH', `/campaigns/${id}`, { body: { name: 'only the name' } });
    expect((await api.call('GET', `/campaigns/${id}`)).body.status).toBe('approved');
    const edited = await api.call('PATCH', `/campaigns/${id}`, { body: { concurrency: 5 } });
    expect(edited.body).toMatchObject({ status: 'awaiting-approval', approvals: [] });
    const rejected = await api.call('POST', `/campaigns/${id}/reject`, {
      as: approver,
      body: { comment: 'no' },
    });
    expect(rejected.body).toMatchObject({ status: 'rejected', because: 'no', allowedActions: [] });
  });

  const newApprover = async (): Promise<string> => {
    const roles = await api.call('GET', '/roles');
    const role = roles.body.items.find(({ name }: { name: string }) => name === 'Campaign Approver');
    const password = 'a second pair of eyes';
    const user = await api.call('POST', '/users', {
      body: { email: 'second@example.test', name: 'Second', password, roleIds: [role.id] },
    });
    expect(user.status).toBe(201);
    const session = await api.call('POST', '/session', {
      as: null,
      body: { email: 'second@example.test', password },
    });
    return session.body.token;
  };

  it('lets a cancelled campaign close what is open, in the background', async () => {
    const id = await create({ packages: [await upload()] });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    await act(id, 'start');
    await act(id, 'cancel');
    await runJobs();
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body).toEqual({
      total: 1,
      open: {},
      closed: { cancelled: 1 },
    });
  });
});

describe('the devices of a campaign', () => {
  it('adds all or none, lists them by state, and never counts by scanning', async () => {
    const id = await create({ packages: [await upload()] });
    for (const device of ['d1', 'd2', 'd3']) await register(device);
    const unknown = await api.call('POST', `/campaigns/${id}/devices`, {
      body: { devices: ['d1', 'nobody'] },
    });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body.total).toBe(0);
    const added = await api.call('POST', `/campaigns/${id}/devices`, {
      body: { devices: ['d1', 'd2', 'd3'] },
    });
    expect(added.body).toEqual({ added: 3 });
    const again = await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d3'] } });
    expect(again.body).toEqual({ added: 0 });
    await act(id, 'start');
    await api.call('POST', '/devices/d2/check-in');
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body).toEqual({
      total: 3,
      open: { pending: 2, 'download-running': 1 },
      closed: {},
    });
    const running = await api.call('GET', `/campaigns/${id}/devices?position=download-running`);
    expect(running.body.items.map(({ device }: { device: string }) => device)).toEqual(['d2']);
    const strange = await api.call('GET', `/campaigns/${id}/devices?position=flying`);
    expect(strange).toMatchObject({ status: 422, body: { code: 'invalid' } });
  });

  it('adds by query as a job that reports its progress', async () => {
    const id = await create();
    for (const n of [1, 2, 3, 4])
      await register(`d${n}`, { attributes: { site: n % 2 === 0 ? 'even' : 'odd' } });
    const job = await api.call('POST', `/campaigns/${id}/devices/query`, {
      body: { expression: 'site = even' },
    });
    expect(job).toMatchObject({ status: 202, body: { status: 'waiting', done: 0, work: 'add-by-query' } });
    await runJobs();
    const done = await api.call('GET', `/jobs/${job.body.id}`);
    expect(done.body).toMatchObject({ status: 'done', done: 2, total: 2, problem: null });
    const listed = await api.call('GET', `/campaigns/${id}/devices`);
    expect(listed.body.items.map(({ device }: { device: string }) => device)).toEqual(['d2', 'd4']);
    expect((await api.call('GET', `/campaigns/${id}/jobs`)).body.items).toHaveLength(1);
  });

  it('brings in the devices that match when it starts', async () => {
    const target = { by: 'query', expression: 'model = M1', reevaluateSeconds: 0 };
    const id = await create({ packages: [await upload()], target });
    await register('d1', { model: 'M1' });
    await register('d2', { model: 'M2' });
    await act(id, 'start');
    await runJobs();
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body.open).toEqual({ pending: 1 });
  });

  it('takes devices out, ignores those that are not in, and a query does not bring them back', async () => {
    const id = await create({ packages: [await upload()] });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    const removed = await api.call('POST', `/campaigns/${id}/devices/remove`, {
      body: { devices: ['d1', 'x'] },
    });
    expect(removed.body).toEqual({ removed: 1 });
    const empty = await api.call('POST', `/campaigns/${id}/devices/remove`, { body: { devices: [] } });
    expect(empty.status).toBe(400);
    await api.call('POST', `/campaigns/${id}/devices/query`, { body: { expression: '' } });
    await runJobs();
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body.closed).toEqual({ removed: 1 });
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    expect((await api.call('GET', `/campaigns/${id}/counts`)).body).toMatchObject({
      open: { pending: 1 },
      closed: {},
    });
  });

  it('closes one by hand, for good', async () => {
    const id = await create({ packages: [await upload()] });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    const close = () =>
      api.call('POST', `/campaigns/${id}/devices/d1/close`, { body: { message: 'scrapped' } });
    expect((await close()).body).toMatchObject({ outcome: 'closed-by-operator', message: 'scrapped' });
    expect((await close()).status).toBe(200);
    const slot = await api.call('PUT', `/campaigns/${id}/devices/d1/slots/download`, { body: {} });
    expect(slot).toMatchObject({ status: 409, body: { code: 'update/closed' } });
  });

  it('ends when asked to once all are done, and not before all are in', async () => {
    const target = { by: 'query', expression: 'model = M1', reevaluateSeconds: 0 };
    const id = await create({ packages: [await upload()], target, endWhenComplete: true });
    for (const device of ['d1', 'd2', 'd3']) await register(device, { model: 'M1' });
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    await act(id, 'start?confirm=true');
    const status = async () => (await api.call('GET', `/campaigns/${id}`)).body.status;
    const close = (device: string) =>
      api.call('POST', `/campaigns/${id}/devices/${device}/close`, { body: {} });
    await close('d1');
    expect(await status()).toBe('running');
    await runJobs();
    await close('d2');
    expect(await status()).toBe('running');
    await api.call('POST', `/campaigns/${id}/devices/remove`, { body: { devices: ['d3'] } });
    expect(await status()).toBe('ended');
  });

  it('gives one device packages of its own, until they are on their way', async () => {
    const [common, special] = [await upload('a'), await upload('b')];
    const id = await create({ packages: [common] });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    const set = (packages: string[] | null) =>
      api.call('PUT', `/campaigns/${id}/devices/d1/packages`, { body: { packages } });
    expect(await set(['missing'])).toMatchObject({ status: 404 });
    expect((await set([special])).body.packages).toEqual([special]);
    await act(id, 'start');
    const assignment = await api.call('POST', '/devices/d1/check-in');
    expect(assignment.body.packages.map((pack: { id: string }) => pack.id)).toEqual([special]);
    expect(await set(null)).toMatchObject({ status: 409, body: { code: 'update/wrong-step' } });
    expect(await api.call('DELETE', `/packages/${special}`)).toMatchObject({
      status: 409,
      body: { code: 'in-use' },
    });
  });
});

describe("a device's journey", () => {
  const begin = async (plan: object = {}): Promise<string> => {
    const id = await create({ packages: [await upload()], ...plan });
    await register('d1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    await act(id, 'start');
    return id;
  };
  const checkIn = async () => (await api.call('POST', '/devices/d1/check-in')).body;

  it('goes from first contact to success, and repeats change nothing', async () => {
    const id = await begin({ endWhenComplete: true });
    expect(await checkIn()).toMatchObject({
      campaign: id,
      due: 'download',
      packages: [{ name: 'gateway-os' }],
    });
    expect(await checkIn()).toMatchObject({ due: 'download' });
    const download = { phase: 'download', step: 'complete' };
    expect((await report(id, 'd1', download)).body.position).toBe('download-complete');
    expect((await report(id, 'd1', download)).body.revision).toBe(
      (await api.call('GET', `/campaigns/${id}/devices/d1`)).body.revision,
    );
    expect(await checkIn()).toMatchObject({ due: 'execution' });
    const done = await report(id, 'd1', { phase: 'activation', step: 'complete' });
    expect(done.body).toMatchObject({ position: 'activation-complete', outcome: 'succeeded' });
    expect((await report(id, 'd1', { phase: 'activation', step: 'complete' })).status).toBe(200);
    expect(await report(id, 'd1', { failure: 'unknown' })).toMatchObject({ status: 409 });
    expect((await api.call('GET', `/campaigns/${id}`)).body).toMatchObject({
      status: 'ended',
      because: 'complete',
    });
    const history = await api.call('GET', '/devices/d1/events');
    const steps = history.body.items
      .filter((event: { type: string }) => event.type === 'update-moved')
      .map((event: { data: { to: string } }) => event.data.to);
    expect(steps.reverse()).toEqual([
      'inventoried',
      'download-ready',
      'download-running',
      'download-complete',
      'execution-ready',
      'execution-running',
      'execution-complete',
      'activation-running',
      'activation-complete',
    ]);
  });

  it('waits at checkpoints for a go, and says so', async () => {
    const id = await begin({ checkpoints: ['execution'] });
    await checkIn();
    await report(id, 'd1', { phase: 'download', step: 'complete' });
    expect(await checkIn()).toMatchObject({
      due: null,
      position: 'execution-awaiting-approval',
      until: null,
    });
    const begins = new Date(api.context.clock() + HOUR).toISOString();
    const slot = await api.call('PUT', `/campaigns/${id}/devices/d1/slots/execution`, {
      body: { begin: begins },
    });
    expect(slot.body).toMatchObject({
      position: 'execution-scheduled',
      slots: { execution: { begin: begins, end: null } },
    });
    expect(await checkIn()).toMatchObject({ due: null, until: begins });
    api.pass(HOUR);
    expect(await checkIn()).toMatchObject({ due: 'execution' });
  });

  it('waits for the window and tells when it opens', async () => {
    await begin({
      download: {
        notBefore: null,
        windows: [{ days: ['sat', 'sun'], from: '22:00', to: '23:00', zone: 'utc' }],
      },
    });
    expect(await checkIn()).toMatchObject({
      due: null,
      position: 'download-scheduled',
      until: '2026-11-21T22:00:00.000Z',
    });
    api.pass(14 * HOUR);
    expect(await checkIn()).toMatchObject({ due: 'download' });
  });

  it('waits while the campaign is paused', async () => {
    const id = await begin();
    await act(id, 'pause');
    expect(await checkIn()).toMatchObject({ campaign: null, due: null });
    await act(id, 'resume');
    expect(await checkIn()).toMatchObject({ due: 'download' });
  });

  it('tries again after a failure that can pass, later each time, and then gives up', async () => {
    const id = await begin({ retry: { attempts: 2, backOffSeconds: 60 } });
    await checkIn();
    const failed = await report(id, 'd1', { failure: 'connection-lost', message: 'link down' });
    expect(failed.body).toMatchObject({ outcome: null, attempt: 2, position: 'inventoried' });
    expect(await checkIn()).toMatchObject({ due: null, until: failed.body.notBefore });
    api.pass(60_000);
    expect(await checkIn()).toMatchObject({ due: 'download' });
    const last = await report(id, 'd1', { failure: 'connection-lost', message: 'link down' });
    expect(last.body).toMatchObject({ outcome: 'failed', reason: 'connection-lost', message: 'link down' });
    const failures = await api.call('GET', `/campaigns/${id}/devices?outcome=failed`);
    expect(failures.body.items).toHaveLength(1);
  });

  it('holds back devices beyond the concurrency limit', async () => {
    const id = await begin({ concurrency: 1 });
    await register('d2');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d2'] } });
    await checkIn();
    expect((await api.call('POST', '/devices/d2/check-in')).body.due).toBeNull();
    await report(id, 'd1', { rejected: true, message: 'owner said no' });
    expect((await api.call('POST', '/devices/d2/check-in')).body.due).toBe('download');
  });

  it('refuses reports on what was never offered', async () => {
    const id = await begin();
    const reply = await report(id, 'd1', { phase: 'download', step: 'complete' });
    expect(reply).toMatchObject({ status: 409, body: { code: 'update/wrong-step' } });
  });

  it('names what is missing', async () => {
    const id = await begin();
    expect(await report(id, 'nobody', { phase: 'download', step: 'complete' })).toMatchObject({
      status: 404,
    });
    expect(await report('nowhere', 'd1', { phase: 'download', step: 'complete' })).toMatchObject({
      status: 404,
    });
    await register('outsider');
    const outside = await api.call('GET', `/campaigns/${id}/devices/outsider`);
    expect(outside).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('asking a device to stop', () => {
  const begin = async (protocol: string): Promise<string> => {
    const id = await create({ packages: [await upload()] });
    await register('d1', { protocol });
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    await act(id, 'start');
    return id;
  };
  const checkIn = async () => (await api.call('POST', '/devices/d1/check-in')).body;
  const read = async (id: string) => (await api.call('GET', `/campaigns/${id}/devices/d1`)).body;
  const recall = (id: string, body: object = {}) =>
    api.call('POST', `/campaigns/${id}/devices/d1/recall`, { body });
  const close = (id: string) => api.call('POST', `/campaigns/${id}/devices/d1/close`, { body: {} });

  it('shows the whole update, recalled until the device says that it stopped or somebody closes it', async () => {
    const id = await begin('ddi');
    await checkIn();
    const at = new Date(api.context.clock()).toISOString();
    expect(await read(id)).toEqual({
      campaign: id,
      device: 'd1',
      position: 'download-running',
      since: at,
      generation: 1,
      attempt: 1,
      notBefore: null,
      outcome: null,
      reason: null,
      message: null,
      recalled: null,
      heardAt: at,
      slots: {},
      packages: [expect.any(String)],
      revision: 2,
    });
    api.pass(1_000);
    const asked = await recall(id, { message: 'wrong image' });
    const recalled = { outcome: 'closed-by-operator', reason: 'closed-by-operator', message: 'wrong image' };
    expect(asked.body).toMatchObject({ outcome: null, recalled, position: 'download-running' });
    expect((await recall(id)).body).toEqual(asked.body);
    expect(await read(id)).toEqual(asked.body);
    expect(await checkIn()).toMatchObject({ campaign: id, due: null, packages: [] });
    const history = await api.call('GET', '/devices/d1/events');
    expect(history.body.items[0]).toMatchObject({ type: 'update-recalled', data: recalled });
    expect((await close(id)).body).toMatchObject({ outcome: 'closed-by-operator', recalled: null });
    expect((await recall(id)).status).toBe(200);
  });

  it('ends at once what was not begun, or whose protocol gives no answer', async () => {
    const waits = await begin('ddi');
    expect((await recall(waits)).body).toMatchObject({ outcome: 'closed-by-operator', recalled: null });
    await register('d2', { protocol: 'custom' });
    await api.call('POST', `/campaigns/${waits}/devices`, { body: { devices: ['d2'] } });
    await api.call('POST', '/devices/d2/check-in');
    const reply = await api.call('POST', `/campaigns/${waits}/devices/d2/recall`, { body: {} });
    expect(reply.body).toMatchObject({ outcome: 'closed-by-operator', position: 'download-running' });
  });

  it('counts the journeys of a device, and begins a new log with each', async () => {
    const id = await begin('ddi');
    await checkIn();
    await close(id);
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1'] } });
    expect(await read(id)).toMatchObject({ generation: 2, position: 'pending', outcome: null });
  });

  it('shows what the device said', async () => {
    const id = await begin('ddi');
    await checkIn();
    const log = () => api.call('GET', `/campaigns/${id}/devices/d1/log`);
    expect(await log()).toMatchObject({ status: 200, body: { total: 0, entries: [] } });
    const { store, clock } = api.context;
    const account = must(await store.accounts.find('DEFAULT')).key;
    const campaign = must(await store.campaigns.find(account, id)).key;
    const device = must(await store.devices.find(account, 'd1')).key;
    const said = { word: 'proceeding', result: 'none', code: null, progress: { done: 1, of: 3 } } as const;
    const entry = { ...said, at: clock() + 5, lines: ['loading', 'on'] };
    const write = { append: 'log', campaign, device, entry } as const;
    await store.commit({ account, writes: [write], events: [] });
    const { at, ...words } = entry;
    expect((await log()).body).toEqual({
      total: 1,
      entries: [{ n: 1, at: new Date(at).toISOString(), ...words }],
    });
    expect((await api.call('GET', `/campaigns/${id}/devices/nobody/log`)).status).toBe(404);
  });

  it('hears a device that repeats itself, and keeps its words', async () => {
    const id = await begin('custom');
    await checkIn();
    const running = { phase: 'download', step: 'running' };
    const first = (await report(id, 'd1', running)).body;
    api.pass(60_000);
    const again = (await report(id, 'd1', running)).body;
    expect(again).toEqual({ ...first, heardAt: new Date(api.context.clock()).toISOString() });
    expect(await read(id)).toEqual(again);
    const failure = { failure: 'no-space', message: 'disk full\nby 3 MiB' };
    expect((await report(id, 'd1', failure)).body.outcome).toBe('failed');
    const { body } = await api.call('GET', `/campaigns/${id}/devices/d1/log`);
    expect(body).toMatchObject({
      total: 3,
      entries: [
        { n: 1, word: 'download-running', result: 'none', lines: [] },
        { n: 2, word: 'download-running' },
        { n: 3, word: 'no-space', result: 'failure', code: null, lines: ['disk full', 'by 3 MiB'] },
      ],
    });
  });

  it.each([
    ['an unknown field', { outcome: 'cancelled' }],
    ['a number', { message: 7 }],
    ['a message too long', { message: 'x'.repeat(4097) }],
    ['truncated JSON', '{"message":'],
    ['nothing', undefined],
  ])('refuses %s', async (_, body) => {
    const id = await begin('ddi');
    await checkIn();
    expect((await api.call('POST', `/campaigns/${id}/devices/d1/recall`, { body })).status).toBe(400);
    expect(await read(id)).toMatchObject({ recalled: null });
  });
});
