import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliWorld, type Ran, type RunOptions, startCliWorld } from '../support/cli.ts';

let world: CliWorld;
let pack: string;
let made = 0;

beforeAll(async () => {
  world = await startCliWorld();
  const bytes = { type: 'application/octet-stream', data: 'firmware' };
  pack = (await world.client.createPackage({ query: { name: 'fw', version: '2' }, bytes })).id;
});
afterAll(() => world.stop());

type Plan = Partial<Parameters<CliWorld['client']['createCampaign']>[0]['body']>;

/** A campaign with two devices of its own; it is not started. */
const campaign = async (plan: Plan = {}) => {
  made += 1;
  const devices = [`d${made}-a`, `d${made}-b`];
  for (const id of devices) await world.client.createDevice({ body: { id } });
  const { id } = await world.client.createCampaign({ body: { name: `c${made}`, packages: [pack], ...plan } });
  await world.client.addCampaignDevices({ params: { campaign: id }, body: { devices } });
  const report = async (how: 'done' | 'failed'): Promise<void> => {
    for (const device of devices) {
      const params = { campaign: id, device };
      await world.client.checkIn({ params: { device } });
      if (how === 'failed') await world.client.reportUpdate({ params, body: { failure: 'install-failed' } });
      else await world.client.reportUpdate({ params, body: { phase: 'activation', step: 'complete' } });
    }
  };
  return { id, report };
};

/** Runs a line until it has said something, does what is to be done meanwhile, and waits for its end. */
const during = async (
  args: readonly string[],
  says: RegExp,
  act: () => Promise<unknown>,
  options: RunOptions = {},
): Promise<Ran> => {
  const said = Promise.withResolvers<void>();
  let out = '';
  const ran = world.muster(args, {
    ...options,
    heard: (text) => {
      out += text;
      if (says.test(out)) said.resolve();
    },
  });
  await Promise.race([said.promise, ran]);
  await act();
  return ran;
};

const started = async (plan?: Plan) => {
  const one = await campaign(plan);
  await world.client.startCampaign({ params: { campaign: one.id } });
  return one;
};

describe('watching a campaign', () => {
  it('tells every change in a line, and ends with 0 when the campaign has ended as planned', async () => {
    const { id, report } = await campaign({ endWhenComplete: true });
    const ran = await during(['campaign', 'start', id, '--wait'], /running/, () => report('done'));
    expect(ran.code).toBe(0);
    const lines = ran.out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ running total=2 open=2 closed=0/);
    expect(lines.at(-1)).toMatch(/total=2 open=0 closed=2 succeeded=2/);
    expect(ran.out).not.toContain('\u001b');
  });

  it('ends with 0 when every device is through, though the campaign goes on', async () => {
    const { id, report } = await started();
    expect(await during(['campaign', 'watch', id], /running/, () => report('done'))).toMatchObject({
      code: 0,
    });
    expect(await world.client.getCampaign({ params: { campaign: id } })).toMatchObject({ status: 'running' });
  });

  it('ends with 2 when a rule has paused it', async () => {
    const rule = {
      signal: 'failed',
      scope: { by: 'campaign' },
      minimum: 1,
      threshold: { count: 1 },
      action: 'pause',
    } as const;
    const { id, report } = await started({ stopRules: [rule], retry: { attempts: 1, backOffSeconds: 0 } });
    const ran = await during(['campaign', 'watch', id], /running/, () =>
      report('failed').catch(() => undefined),
    );
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('by one of its own rules') });
  });

  it('ends with 3 when somebody has stopped it', async () => {
    const { id } = await started();
    const stop = () => world.client.stopCampaign({ params: { campaign: id } });
    expect(await during(['campaign', 'watch', id], /running/, stop)).toMatchObject({ code: 3 });
  });

  it('ends with 4 when the time is over, and the campaign goes on', async () => {
    const { id } = await started();
    const ran = await world.muster(['campaign', 'watch', id, '--timeout', '1s']);
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('--timeout') });
  });

  it('ends with 130 when it is interrupted', async () => {
    const { id } = await started();
    const leaving = new AbortController();
    const ran = await during(['campaign', 'watch', id], /running/, async () => leaving.abort(), {
      signal: leaving.signal,
    });
    expect(ran).toMatchObject({ code: 130 });
  });

  it('draws one panel over the other in a terminal', async () => {
    const { id, report } = await started({ endWhenComplete: true });
    const ran = await during(['campaign', 'watch', id], /RUNNING/, () => report('done'), { terminal: true });
    expect(ran.code).toBe(0);
    const shown = ran.out.replaceAll('\u001b', 'ESC');
    expect(shown).toContain('ESC[K░░░░');
    // Back by as many lines as were drawn.
    expect(shown).toMatch(/ESC\[\dAESC\[K/);
    expect(shown).toMatch(/█{32} 100 % {2}2 of 2 devices are through/);
  });

  it('writes an object in each line for programs', async () => {
    const { id, report } = await started({ endWhenComplete: true });
    const ran = await during(['campaign', 'watch', id, '-o', 'json'], /running/, () => report('done'));
    const said = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said[0]).toMatchObject({ id, status: 'running', total: 2 });
    expect(said.at(-1)).toMatchObject({ closed: { succeeded: 2 } });
  });
});
