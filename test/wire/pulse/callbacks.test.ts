import { beforeEach, describe, expect, it } from 'vitest';
import {
  add,
  api,
  ask,
  bodies,
  campaign,
  deliveries,
  follow,
  poll,
  put,
  says,
  told,
  update,
  useCallbacks,
} from './called-back.ts';
import { done } from './prepare.ts';

useCallbacks();

describe('state-change callbacks', () => {
  it('are of every state that a gateway comes to, with the one before', async () => {
    await follow('state-change');
    await put('/start');
    await add('gw-1');
    await update('gw-1');
    expect(await told()).toEqual([
      'STATE_CHANGE gw-1 INSTANTIATED',
      'STATE_CHANGE gw-1 INSTANTIATED > INVENTORY_UP_TO_DATE',
      'STATE_CHANGE gw-1 INVENTORY_UP_TO_DATE > WAITING_FOR_DOWNLOAD',
      'STATE_CHANGE gw-1 WAITING_FOR_DOWNLOAD > DOWNLOADING',
      'STATE_CHANGE gw-1 DOWNLOADING > DOWNLOAD_COMPLETE',
      'STATE_CHANGE gw-1 DOWNLOAD_COMPLETE > WAITING_FOR_EXECUTION',
      'STATE_CHANGE gw-1 WAITING_FOR_EXECUTION > EXECUTING',
      'STATE_CHANGE gw-1 EXECUTING > EXECUTION_COMPLETE',
      'STATE_CHANGE gw-1 EXECUTION_COMPLETE > WAITING_FOR_ACTIVATION',
      'STATE_CHANGE gw-1 WAITING_FOR_ACTIVATION > ACTIVATING',
      'STATE_CHANGE gw-1 ACTIVATING > ACTIVATION_COMPLETE',
    ]);
    const lanes = new Set((await deliveries()).map(({ device }) => device));
    expect(lanes.size).toBe(1);
    expect(lanes.has(null)).toBe(false);
  });

  it('are of the tracked states alone', async () => {
    await follow('state-change', { trackedStates: ['INSTANTIATED', 'EXECUTION_FAILED', 'RESET_COMPLETE'] });
    await put('/start');
    await add('gw-1', 'gw-2');
    await poll('gw-2');
    await says('gw-1', await poll('gw-1'), 'SUCCEEDED');
    await says('gw-1', await poll('gw-1'), 'FAILED');
    await says('gw-1', await poll('gw-1'), 'SUCCEEDED');
    expect(await told()).toEqual([
      'STATE_CHANGE gw-1 INSTANTIATED',
      'STATE_CHANGE gw-2 INSTANTIATED',
      'STATE_CHANGE gw-1 EXECUTING > EXECUTION_FAILED',
      'STATE_CHANGE gw-1 RESETTING > RESET_COMPLETE',
    ]);
  });

  it('begin anew with a gateway that begins anew', async () => {
    await put('/start');
    await add('gw-1');
    await poll('gw-1');
    await put('/devices/gw-1/close');
    await deliveries();
    await follow('state-change', { trackedStates: ['INSTANTIATED', 'INVENTORY_UP_TO_DATE'] });
    await add('gw-1');
    await poll('gw-1');
    expect(await told()).toEqual([
      'STATE_CHANGE gw-1 INSTANTIATED',
      'STATE_CHANGE gw-1 INSTANTIATED > INVENTORY_UP_TO_DATE',
    ]);
  });

  it('find the state before even where much else happened since', async () => {
    await put('/start');
    await add('gw-1');
    await put('/stop');
    await put('/devices/gw-1/scheduled-download', { begin: '4000000000' });
    await put('/start');
    await poll('gw-1');
    await deliveries();
    await follow('state-change', { trackedStates: ['SCHEDULED_DOWNLOAD', 'WAITING_FOR_DOWNLOAD'] });
    for (let minute = 1; minute <= 30; minute += 1) {
      await put('/devices/gw-1/scheduled-download', { begin: `${4_000_000_000 + 60 * minute}` });
    }
    await put('/devices/gw-1/scheduled-download');
    expect(await told()).toEqual(['STATE_CHANGE gw-1 SCHEDULED_DOWNLOAD > WAITING_FOR_DOWNLOAD']);
  });

  it('are of this campaign, and in the form of its guide', async () => {
    const { uuid } = done(await api.call('POST', '/api/campaigns', { body: { name: 'Other' } })).body;
    await follow('state-change');
    done(await api.call('POST', `/api/campaigns/${uuid}/devices`, { body: { gatewayIds: ['gw-2'] } }));
    await add('gw-1');
    const id = campaign.slice('/api/campaigns/'.length);
    expect(await bodies()).toEqual([
      {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        event: 'STATE_CHANGE',
        timestamp: `${api.context.clock()}`,
        campaignId: id,
        gatewayId: 'gw-1',
        state: 'INSTANTIATED',
        previousState: '',
        entityType: 'CAMPAIGN_GATEWAY',
        entityId: 'gw-1',
        entityName: 'Gateway gw-1',
        entityState: 'INSTANTIATED',
        additionalDetails: [
          { key: 'campaignId', valueString: id },
          { key: 'campaignName', valueString: 'Spring' },
        ],
      },
    ]);
  });
});

describe('completed callbacks', () => {
  beforeEach(() => follow('completed'));
  const of = async (event: string) => (await bodies()).filter((body) => body.event === event);

  it('tell who was added', async () => {
    await add('gw-1');
    await add('gw-1', 'gw-2');
    expect(await bodies()).toMatchObject([
      {
        event: 'GATEWAYS_ADDED',
        gatewayId: '',
        numberOfGateways: '1',
        gatewayIds: ['gw-1'],
        state: 'CREATED',
      },
      { event: 'GATEWAYS_ADDED', numberOfGateways: '1', gatewayIds: ['gw-2'] },
    ]);
    expect((await deliveries()).map(({ device }) => device)).toEqual([null, null]);
  });

  it('tell only how many, when they were more than a thousand', async () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => `{"id":"many-${index}"}`);
    const headers = { 'content-type': 'application/x-ndjson' };
    done(await api.call('POST', '/devices/import', { body: rows.join('\n'), headers }));
    await add(...Array.from({ length: 1_001 }, (_, index) => `many-${index}`));
    const [body] = await bodies();
    expect(body.numberOfGateways).toBe('1001');
    expect(body).not.toHaveProperty('gatewayIds');
  });

  it('tell once that every gateway is through, and again when others were', async () => {
    await put('/start');
    await add('gw-1', 'gw-2');
    await update('gw-1');
    expect(await of('CAMPAIGN_COMPLETED')).toEqual([]);
    await update('gw-2');
    expect(await of('CAMPAIGN_COMPLETED')).toMatchObject([
      {
        gatewayId: '',
        state: 'STARTED',
        entityType: 'CAMPAIGN',
        entityName: 'Spring',
        totalNumberOfGateways: '2',
        gatewayCountsByState: { ACTIVATION_COMPLETE: '2' },
      },
    ]);
    await add('gw-1');
    await put('/devices/gw-1/close');
    expect(await of('CAMPAIGN_COMPLETED')).toMatchObject([
      {},
      { gatewayCountsByState: { INSTANTIATED: '1', ACTIVATION_COMPLETE: '1' } },
    ]);
  });

  it('tell it once when several are closed before anybody looks', async () => {
    await put('/start');
    await add('gw-1', 'gw-2');
    await put('/devices/gw-1/close');
    await put('/devices/gw-2/close');
    expect(await of('CAMPAIGN_COMPLETED')).toHaveLength(1);
  });

  it('tell it when the last open one is taken out, but not of a campaign without gateways', async () => {
    await put('/start');
    await add('gw-1', 'gw-2');
    await update('gw-1');
    await put('/devices', { gatewayIds: ['gw-2'] });
    expect(await of('CAMPAIGN_COMPLETED')).toMatchObject([{ totalNumberOfGateways: '1' }]);
    await put('/devices', { gatewayIds: ['gw-1'] });
    await add('gw-2');
    await put('/devices', { gatewayIds: ['gw-2'] });
    expect(await of('CAMPAIGN_COMPLETED')).toHaveLength(2);
    expect((await of('CAMPAIGN_COMPLETED'))[1]).toMatchObject({ totalNumberOfGateways: '1' });
  });

  it('tell nothing of the kind before the campaign was started', async () => {
    await add('gw-1');
    await put('/devices/gw-1/close');
    expect(await of('CAMPAIGN_COMPLETED')).toEqual([]);
  });
});

describe('progress callbacks', () => {
  const path = () => `${campaign}/devices/gw-1/progress`;
  const base = async () => (await api.call('GET', campaign)).body.packages.packages[0];
  const fetched = async (progress: number) =>
    ask('gw-1', 'PUT', `${path()}/download`, {
      packagesProgress: [{ id: await base(), progress, total: 1_000 }],
    });
  const printed = (...progress: readonly string[]) => ask('gw-1', 'PUT', `${path()}/execution`, { progress });
  const begin = async () => {
    await put('/start');
    await add('gw-1');
    await poll('gw-1');
  };

  it('tell how far the download is, at most once in a second, and the last value', async () => {
    await follow('download-progress');
    await begin();
    const second = api.context.clock();
    api.pass(100);
    await fetched(10);
    await deliveries();
    api.pass(100);
    await fetched(20);
    await printed('not of this topic');
    expect(await bodies()).toMatchObject([
      {
        event: 'DOWNLOAD_PROGRESS',
        gatewayId: 'gw-1',
        state: 'DOWNLOADING',
        packagesProgress: [{ id: await base(), progress: '20', total: '1000' }],
      },
    ]);
    expect((await deliveries()).map(({ dueAt }) => dueAt)).toEqual([second + 1_000]);
  });

  it('tell what was printed, earlier lines that nobody heard of among it', async () => {
    await follow('execution-progress');
    await begin();
    await printed('one', 'two');
    await deliveries();
    await printed('three');
    await fetched(10);
    expect(await bodies()).toMatchObject([
      { event: 'EXECUTION_PROGRESS', gatewayId: 'gw-1', progress: ['one', 'two', 'three'] },
    ]);
  });

  it('have the latest fifty lines', async () => {
    await follow('execution-progress');
    await begin();
    await printed(...Array.from({ length: 70 }, (_, index) => `line ${index}`));
    const [{ progress }] = await bodies();
    expect([progress.length, progress[0], progress.at(-1)]).toEqual([50, 'line 20', 'line 69']);
  });
});

describe('a campaign that is deleted', () => {
  it('calls nobody back any more', async () => {
    await follow('state-change');
    await add('gw-1');
    done(await api.call('DELETE', campaign));
    expect(await told()).toEqual([]);
  });
});
