import { describe, expect, it } from 'vitest';
import type { StoredCampaign } from '../../app/records.ts';
import { createCampaign } from '../../domain/campaign.ts';
import { defaultPlan } from '../../domain/plan.ts';
import { campaignPayload, gatewayPayload, type Happened } from './callback-payloads.ts';

const AT = 1_564_983_544_640;

const campaign = {
  ...createCampaign(
    {
      id: 'campaign-1',
      plan: { ...defaultPlan, name: 'Spring' },
      digest: '',
      policy: 'none',
      createdBy: 'ada',
    },
    AT,
  ),
  key: 1,
  version: 1,
} as StoredCampaign;
const happened: Happened = { account: { id: 'ACME' }, campaign, event: { seq: 7, at: AT } };
const states = { state: 'DOWNLOAD_COMPLETE', previous: 'DOWNLOADING' } as const;
const details = [
  { key: 'campaignId', valueString: 'campaign-1' },
  { key: 'campaignName', valueString: 'Spring' },
];

describe('the body of a callback', () => {
  it('about a gateway is that of a notification instance', () => {
    const gateway = { id: 'gw-1', name: 'North gate' };
    expect(gatewayPayload(happened, 'STATE_CHANGE', gateway, states)).toEqual({
      eventId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      event: 'STATE_CHANGE',
      timestamp: '1564983544640',
      campaignId: 'campaign-1',
      gatewayId: 'gw-1',
      state: 'DOWNLOAD_COMPLETE',
      previousState: 'DOWNLOADING',
      entityType: 'CAMPAIGN_GATEWAY',
      entityId: 'gw-1',
      entityName: 'North gate',
      entityState: 'DOWNLOAD_COMPLETE',
      additionalDetails: details,
    });
  });

  it('names a gateway without a name by its id, and has what only some events have', () => {
    const body = gatewayPayload(happened, 'EXECUTION_PROGRESS', { id: 'gw-1', name: '' }, states, {
      progress: ['one'],
    });
    expect(body).toMatchObject({ entityName: 'gw-1', progress: ['one'] });
  });

  it('about a campaign names no gateway', () => {
    expect(campaignPayload(happened, 'GATEWAYS_ADDED', { numberOfGateways: '2' })).toEqual({
      eventId: expect.any(String),
      event: 'GATEWAYS_ADDED',
      timestamp: '1564983544640',
      campaignId: 'campaign-1',
      gatewayId: '',
      state: 'CREATED',
      previousState: '',
      entityType: 'CAMPAIGN',
      entityId: 'campaign-1',
      entityName: 'Spring',
      entityState: 'CREATED',
      additionalDetails: details,
      numberOfGateways: '2',
    });
  });

  it('has an id that is the same for the same, and another for another', () => {
    const idOf = (given: Partial<Happened>, word: 'WAKE_UP' | 'STATE_CHANGE' = 'WAKE_UP', id = 'gw-1') =>
      gatewayPayload({ ...happened, ...given }, word, { id, name: '' }, states).eventId;
    expect(idOf({})).toBe(idOf({}));
    const ids = [
      idOf({}),
      idOf({ event: { seq: 8, at: AT } }),
      idOf({ account: { id: 'OTHER' } }),
      idOf({}, 'STATE_CHANGE'),
      idOf({}, 'WAKE_UP', 'gw-2'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
