import { beforeEach, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
import {
  add,
  api,
  bodies,
  campaign,
  deliveries,
  follow,
  poll,
  put,
  SPAN,
  says,
  sent,
  useCallbacks,
} from './called-back.ts';
import { done } from './prepare.ts';

useCallbacks();

describe('wake-up callbacks', () => {
  beforeEach(() => follow('wake-up'));

  it('come to all that are open when a campaign starts, and to whoever joins while it runs', async () => {
    await add('gw-1');
    expect(await sent()).toEqual([]);
    await put('/start');
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
    await add('gw-2');
    expect(await sent()).toEqual(['WAKE_UP gw-2 INSTANTIATED']);
    api.pass(SPAN);
    await put('/devices/gw-2/close');
    await put('/stop');
    await put('/start');
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
  });

  it('come when a phase is ready, and when a phase failed and is to be undone', async () => {
    await put('/start');
    await add('gw-1');
    await sent();
    api.pass(SPAN);
    await says('gw-1', await poll('gw-1'), 'SUCCEEDED');
    expect(await sent()).toEqual(['WAKE_UP gw-1 WAITING_FOR_DOWNLOAD']);
    api.pass(SPAN);
    const execution = await poll('gw-1');
    expect(await sent()).toEqual(['WAKE_UP gw-1 WAITING_FOR_EXECUTION']);
    api.pass(SPAN);
    await says('gw-1', execution, 'FAILED');
    expect(await sent()).toEqual(['WAKE_UP gw-1 RESETTING']);
  });

  it('that are not sent yet are one for each gateway', async () => {
    await put('/start');
    await add('gw-1', 'gw-2');
    await sent();
    api.pass(SPAN);
    for (let times = 0; times < 3; times += 1) await put('/devices/gw-1/notify');
    await put('/devices/gw-2/notify');
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED', 'WAKE_UP gw-2 INSTANTIATED']);
  });

  it('that come soon after one that was sent wait until the half minute is over, and are not lost', async () => {
    await put('/start');
    await add('gw-1');
    expect(await sent()).toHaveLength(1);
    api.pass(5_000);
    await put('/devices/gw-1/notify');
    expect(await sent()).toEqual([]);
    await put('/devices/gw-1/notify');
    expect(await sent()).toEqual([]);
    api.pass(25_000);
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
    // It was sent in this half minute, and so counts for it.
    await put('/devices/gw-1/notify');
    expect(await sent()).toEqual([]);
    api.pass(SPAN);
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
    api.pass(SPAN);
    expect(await sent()).toEqual([]);
    await put('/devices/gw-1/notify');
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
  });

  it('are not held back by gateways that came in before the campaign was started', async () => {
    await add('gw-1');
    await put('/start');
    expect(await sent()).toHaveLength(1);
    api.pass(SPAN);
    await put('/devices/gw-1/notify');
    expect(await sent()).toHaveLength(1);
  });

  it('come once when a campaign is started twice in half a minute, and then once more', async () => {
    await add('gw-1');
    for (const verb of ['/start', '/stop', '/start', '/stop', '/start']) {
      await put(verb);
      expect((await sent()).length).toBeLessThanOrEqual(1);
    }
    expect(await sent()).toEqual([]);
    api.pass(SPAN);
    expect(await sent()).toEqual(['WAKE_UP gw-1 INSTANTIATED']);
    api.pass(SPAN);
    expect(await sent()).toEqual([]);
  });

  it('come to each of the many that join at once, though they are not listed', async () => {
    await put('/start');
    await add('gw-1');
    await deliveries();
    const rows = Array.from({ length: 1_200 }, (_, index) => `{"id":"many-${index}","tags":["many"]}`);
    const headers = { 'content-type': 'application/x-ndjson' };
    done(await api.call('POST', '/devices/import', { body: rows.join('\n'), headers }));
    const id = campaign.slice('/api/campaigns/'.length);
    done(await api.call('POST', `/campaigns/${id}/devices/query`, { body: { expression: 'tag = many' } }));
    api.pass(1);
    while (await runNextJob(api.context));
    const woken = (await bodies()).slice(1).map(({ gatewayId }) => gatewayId);
    expect(new Set(woken).size).toBe(1_200);
    expect(woken).not.toContain('gw-1');
  });
});
