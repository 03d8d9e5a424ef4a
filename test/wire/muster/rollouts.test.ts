import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
import { type Api, startApi } from '../../support/api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({}, { MUSTER_SESSION_TTL: '720h' });
});
afterEach(() => api.close());

const upload = async (version = '2.0.0'): Promise<string> => {
  const reply = await api.call('POST', `/packages?name=gateway-os&version=${version}&kind=firmware`, {
    body: new Uint8Array([1, 2, 3, version.length]),
    headers: { 'content-type': 'application/octet-stream' },
  });
  return reply.body.id;
};

const register = async (id: string, fields: object = {}): Promise<void> => {
  const reply = await api.call('POST', '/devices', { body: { id, protocol: 'custom', ...fields } });
  expect(reply.status).toBe(201);
};

const create = (fields: object = {}) =>
  api.call('POST', '/campaigns', { body: { name: 'spring roll-out', ...fields } });

const act = (campaign: string, verb: string, body?: object) =>
  api.call('POST', `/campaigns/${campaign}/${verb}`, body === undefined ? {} : { body });

const read = (campaign: string, what: string) => api.call('GET', `/campaigns/${campaign}/${what}`);

const contact = (device: string) => api.call('POST', `/devices/${device}/check-in`);

const succeed = async (campaign: string, device: string): Promise<void> => {
  await contact(device);
  const body = { phase: 'activation', step: 'complete' };
  await api.call('POST', `/campaigns/${campaign}/devices/${device}/reports`, { body });
};

const runJobs = async (): Promise<void> => {
  while (await runNextJob(api.context));
};

const wave = (name: string, size: object, fields: object = {}) => ({
  ...{ name, size, success: 100, soakSeconds: 0, manual: true },
  ...fields,
});
const pilot = wave('pilot', { by: 'devices', devices: ['d1'] });

/** A running campaign over devices that were added by hand, whose waves were counted. */
const launch = async (plan: object, ...devices: readonly string[]): Promise<string> => {
  for (const device of devices) await register(device);
  const made = await create({ packages: [await upload()], ...plan });
  expect(made.status).toBe(201);
  const { id } = made.body;
  await api.call('POST', `/campaigns/${id}/devices`, { body: { devices } });
  expect((await act(id, 'start')).body.status).toBe('running');
  await runJobs();
  return id;
};

const rule = (fields: object = {}) => ({
  ...{
    signal: 'failed',
    scope: { by: 'campaign' },
    minimum: 20,
    threshold: { percent: 10 },
    action: 'pause',
  },
  ...fields,
});

describe('the plan of a rollout', () => {
  it.each([
    ['spread', { download: { notBefore: '2026-12-01T00:00:00.000Z', windows: [], spreadSeconds: 3_600 } }],
    [
      'freezes',
      { freezes: [{ name: 'harvest', from: '2026-12-24T00:00:00.000Z', to: '2027-01-02T00:00:00.000Z' }] },
    ],
    [
      'waves',
      {
        rollout: {
          by: 'waves',
          waves: [
            wave('pilot', { by: 'devices', devices: ['d1', 'd2'] }),
            wave('north', { by: 'query', expression: 'tag = north' }, { soakSeconds: 60, manual: false }),
            wave('some', { by: 'count', count: 50 }, { success: 0 }),
            wave('tenth', { by: 'percent', percent: 10 }),
          ],
        },
      },
    ],
    ['a ramp', { rollout: { by: 'ramp', perMinute: 5, factor: 1.5, every: 100, most: 400 } }],
    ['budgets', { budgets: [{ attribute: 'site', most: 3 }] }],
    [
      'stop rules',
      {
        rollout: { by: 'waves', waves: [wave('pilot', { by: 'percent', percent: 10 })] },
        stopRules: [
          rule({ rollBackTo: null }),
          rule({ scope: { by: 'wave' }, threshold: { count: 5 }, action: 'hold', rollBackTo: null }),
          rule({ scope: { by: 'attribute', attribute: 'site' }, action: 'alert', rollBackTo: null }),
        ],
      },
    ],
    [
      'retries',
      {
        retry: {
          ...{ attempts: 2, backOffSeconds: 60, coolDownSeconds: 86_400 },
          classes: { busy: { attempts: 9, backOffSeconds: 5 }, unknown: { attempts: 2, backOffSeconds: 10 } },
        },
      },
    ],
    ['priority and downgrades', { priority: 90, downgrades: true }],
  ])('comes back as it was given: %s', async (_, plan) => {
    const made = await create(plan);
    expect(made).toMatchObject({ status: 201, body: plan });
    const patched = await api.call('PATCH', `/campaigns/${(await create()).body.id}`, { body: plan });
    expect(patched).toMatchObject({ status: 200, body: plan });
  });

  it('takes a timing and a retry policy without the newer fields, and shows what they mean', async () => {
    const made = await create({
      download: { notBefore: null, windows: [] },
      retry: { attempts: 1, backOffSeconds: 0 },
    });
    expect(made.body).toMatchObject({
      download: { spreadSeconds: 0 },
      retry: { classes: {}, coolDownSeconds: 0 },
      ...{ rollout: { by: 'all' }, stopRules: [], budgets: [], freezes: [], priority: 50, downgrades: false },
    });
  });

  it.each([
    [
      'shares over 100 %',
      { rollout: { by: 'waves', waves: [60, 50].map((percent) => wave('w', { by: 'percent', percent })) } },
      'at most 100',
    ],
    [
      'a freeze that ends before it begins',
      { freezes: [{ name: 'x', from: '2026-12-24T00:00:00.000Z', to: '2026-12-23T00:00:00.000Z' }] },
      'after from',
    ],
    ['a rule for waves without waves', { stopRules: [rule({ scope: { by: 'wave' } })] }, 'rollout in waves'],
    ['a way back without a package', { stopRules: [rule({ action: 'roll-back' })] }, 'package to go back to'],
  ])('is refused with a sentence that says what to change: %s', async (_, plan, words) => {
    const reply = await create(plan);
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(reply.body.detail).toContain(words);
  });

  it('cannot go back to a package that is not there', async () => {
    const reply = await create({ stopRules: [rule({ action: 'roll-back', rollBackTo: 'nowhere' })] });
    expect(reply).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('the freezes of an account', () => {
  it('are replaced as a whole, and hold the devices of every campaign', async () => {
    const freezes = [{ name: 'harvest', from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' }];
    const [account] = (await api.call('GET', '/accounts')).body.items;
    const changed = await api.call('PATCH', `/accounts/${account.id}`, { body: { freezes } });
    expect(changed).toMatchObject({ status: 200, body: { freezes } });
    const id = await launch({}, 'd1');
    expect((await contact('d1')).body).toMatchObject({ due: null, until: freezes[0]?.to });
    const { body } = await read(id, 'devices/d1/explanation');
    expect(body.blocking).toMatchObject({ rule: 'freeze', until: freezes[0]?.to });
  });

  it('are refused when they end before they begin', async () => {
    const [account] = (await api.call('GET', '/accounts')).body.items;
    const freezes = [{ name: 'x', from: '2026-12-02T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' }];
    const reply = await api.call('PATCH', `/accounts/${account.id}`, { body: { freezes } });
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid' } });
  });
});

describe('a start whose query is suspicious', () => {
  const ready = async (expression: string): Promise<string> => {
    const target = { by: 'query', expression, reevaluateSeconds: 0 };
    return (await create({ packages: [await upload()], target })).body.id;
  };

  it.each([
    ['nothing', 'model = M9', 'matches no device'],
    ['the whole fleet', 'model = M1', 'matches every device of the account, 2 of them'],
  ])('asks to be confirmed when it matches %s', async (_, expression, words) => {
    for (const device of ['d1', 'd2']) await register(device, { model: 'M1' });
    const id = await ready(expression);
    const doubt = await act(id, 'start');
    expect(doubt).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(doubt.body.detail).toContain(words);
    expect((await act(id, 'start?confirm=true')).body.status).toBe('running');
    await act(id, 'stop');
    expect((await act(id, 'start')).body.status).toBe('running');
  });

  it('goes through when the query matches some', async () => {
    for (const model of ['M1', 'M2']) await register(model, { model });
    expect((await act(await ready('model = M1'), 'start')).body.status).toBe('running');
  });
});

describe('the waves of a campaign', () => {
  it('are shown with their sizes and counts, and opened by an operator', async () => {
    const id = await launch({ rollout: { by: 'waves', waves: [pilot] } }, 'd1', 'd2');
    expect((await read(id, 'rollout')).body).toMatchObject({
      ...{ campaign: id, wave: 0, metAt: null, opensAt: null, held: [], tripped: [] },
      waves: [{ name: 'pilot', devices: 1 }],
    });
    expect((await contact('d2')).body.due).toBeNull();
    await succeed(id, 'd1');
    const met = (await read(id, 'rollout')).body;
    expect(met).toMatchObject({ wave: 0, metAt: '2026-11-21T08:00:00.000Z' });
    expect(met.tallies).toContainEqual(
      expect.objectContaining({ scope: 'wave/0', started: 1, succeeded: 1, inProgress: 0 }),
    );
    expect((await act(id, 'waves/next')).status).toBe(200);
    expect((await act(id, 'waves/next?wave=1')).status).toBe(200);
    expect((await read(id, 'rollout')).body.wave).toBe(1);
    expect((await contact('d2')).body.due).toBe('download');
  });

  it('are held and released', async () => {
    const id = await launch({ rollout: { by: 'waves', waves: [pilot] } }, 'd1');
    expect((await act(id, 'hold', { scope: 'wave/0' })).status).toBe(200);
    expect((await contact('d1')).body.due).toBeNull();
    expect((await read(id, 'rollout')).body.held).toEqual(['wave/0']);
    const why = (await read(id, 'devices/d1/explanation')).body;
    expect(why).toMatchObject({ blocking: { rule: 'held', until: null } });
    expect(why.remedies).toContain('release');
    await act(id, 'release', { scope: 'wave/0' });
    expect((await contact('d1')).body.due).toBe('download');
  });

  it('are no scope unless they are named as one', async () => {
    const id = await launch({}, 'd1');
    expect(await act(id, 'hold', { scope: 'pilot' })).toMatchObject({ status: 422 });
  });
});

describe('why a device does not go on', () => {
  it('is told with every rule, what it said last, and the attempts', async () => {
    const id = await launch({}, 'd1');
    await contact('d1');
    const path = `/campaigns/${id}/devices/d1/reports`;
    await api.call('POST', path, { body: { failure: 'connection-lost', message: 'no signal' } });
    const { body } = await read(id, 'devices/d1/explanation');
    expect(body).toMatchObject({
      ...{ campaign: id, device: 'd1', outcome: null },
      blocking: { rule: 'back-off', until: '2026-11-21T08:05:00.000Z' },
      changesAt: '2026-11-21T08:05:00.000Z',
      said: { word: 'connection-lost', lines: ['no signal'] },
      attempts: { made: 2, most: 3, generation: 1 },
    });
    expect(body.verdicts).toContainEqual({ rule: 'concurrency', open: true, until: null });
  });
});

describe('devices that cannot take part', () => {
  it('are listed with their reason before the start', async () => {
    await register('old', { versions: { firmware: '1.0.0' } });
    await register('new', { versions: { firmware: '3.0.0' } });
    const target = { by: 'query', expression: 'protocol = custom', reevaluateSeconds: 0 };
    const { id } = (await create({ packages: [await upload()], target })).body;
    expect((await read(id, 'exclusions')).body).toMatchObject({
      items: [{ device: 'new', reason: 'newer-installed', campaign: null }],
      next: null,
    });
  });
});

describe('failed devices', () => {
  it('all begin again in one call, as a job', async () => {
    const id = await launch({}, 'd1', 'd2');
    for (const device of ['d1', 'd2']) {
      await contact(device);
      await api.call('POST', `/campaigns/${id}/devices/${device}/reports`, { body: { failure: 'no-space' } });
    }
    const job = await act(id, 'retry-failed');
    expect(job).toMatchObject({ status: 202, body: { work: 'retry', status: 'waiting' } });
    await runJobs();
    expect((await api.call('GET', `/jobs/${job.body.id}`)).body).toMatchObject({ status: 'done', done: 2 });
    expect((await read(id, 'devices/d1')).body).toMatchObject({ outcome: null, generation: 2 });
  });
});

describe('a forecast', () => {
  const seen = async (count: number): Promise<string> => {
    const devices = Array.from({ length: count }, (_, index) => `d${index}`);
    const id = await launch({ concurrency: 1 }, ...devices);
    for (const device of devices) await contact(device);
    return id;
  };

  it('tells how the campaign goes, and how it would with another plan, from stated assumptions', async () => {
    const id = await seen(8);
    const { status, body } = await act(id, 'forecast', {
      change: { concurrency: 8 },
      assumptions: { failing: 0, broken: 0, silent: 0, variation: 0, executionSeconds: 600 },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ basis: 'defaults', assumptions: { executionSeconds: 600, failing: 0 } });
    expect(body.planned).toMatchObject({ devices: 8, succeeded: { middle: 8 }, finished: 1 });
    expect(body.planned.peak.inProgress.middle).toBe(1);
    expect(body.changed.peak.inProgress.middle).toBe(8);
    expect(Date.parse(body.changed.finish.middle)).toBeLessThan(Date.parse(body.planned.finish.middle));
  });

  it('changes nothing', async () => {
    const id = await seen(1);
    const before = await api.call('GET', `/campaigns/${id}`);
    await act(id, 'forecast', { change: { concurrency: 9 } });
    expect((await api.call('GET', `/campaigns/${id}`)).body).toEqual(before.body);
  });

  it('names the devices that cannot be counted on', async () => {
    await register('d0', { protocol: 'ddi' });
    const id = await launch({}, 'd1');
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d0'] } });
    const { body } = await act(id, 'forecast', {});
    expect(body.planned.unable).toEqual([{ reason: 'never-seen', devices: 1, examples: ['d0'] }]);
  });

  it.each([
    ['another plan that is none', { change: { name: '' } }, 400],
    ['another plan with a mistake', { change: { packages: ['nowhere'] } }, 404],
    ['a chance above 1', { assumptions: { failing: 2 } }, 400],
  ])('is refused for %s', async (_, body, status) => {
    const id = await launch({}, 'd1');
    expect((await act(id, 'forecast', body)).status).toBe(status);
  });

  it('is refused for a campaign that is over', async () => {
    const id = await launch({}, 'd1');
    await act(id, 'cancel');
    expect(await act(id, 'forecast', {})).toMatchObject({
      status: 409,
      body: { code: 'campaign/wrong-state' },
    });
  });
});
