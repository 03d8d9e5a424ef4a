import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, type Fleet, startFleet, type TestCampaign, type TestDevice } from './fleet.ts';

let fleet: Fleet;
let device: TestDevice;
let campaign: TestCampaign;
let action = '';
beforeEach(async () => {
  fleet = await startFleet();
  device = await fleet.device();
  campaign = await fleet.campaign([device], { checkpoints: ['execution'] });
  action = actionOf((await device.links())['confirmationBase']);
});
afterEach(() => fleet.api.close());

const answer = (body: unknown, asked = action) =>
  device.ask('POST', `/confirmationBase/${asked}/feedback`, { body });
const base = async () => (await device.ask('GET', '/confirmationBase')).body;
const log = async () =>
  (await fleet.api.call('GET', `/campaigns/${campaign.id}/devices/${device.id}/log`)).body.entries;

describe('confirmationBase', () => {
  it('F1: shows what waits, takes a yes, and offers it at the next poll', async () => {
    const shown = await base();
    expect(shown).toEqual({
      autoConfirm: { active: false },
      _links: {
        activateAutoConfirm: {
          href: expect.stringMatching(/\/confirmationBase\/activateAutoConfirm$/),
        },
        confirmationBase: { href: expect.stringMatching(/\/confirmationBase\/\d+\?c=\d+$/) },
      },
    });
    const { body } = await device.ask('GET', shown._links.confirmationBase.href);
    expect(body).toMatchObject({
      id: action,
      confirmation: { download: 'forced', update: 'forced', chunks: [{ part: 'os' }] },
    });
    const yes = await answer({ confirmation: 'confirmed', code: 200, details: ['user said yes'] });
    expect(yes.status).toBe(200);
    expect(yes.headers['content-length']).toBe('0');
    expect(await log()).toMatchObject([{ word: 'confirmed', code: 200, lines: ['user said yes'] }]);
    expect(actionOf((await device.links())['deploymentBase'])).toBe(action);
    expect((await answer({ confirmation: 'confirmed' })).status).toBe(404);
  });

  it('F2: denied, it goes on waiting, and keeps the words', async () => {
    expect((await answer({ confirmation: 'denied', details: 'not now' })).status).toBe(200);
    expect(await device.links()).toHaveProperty('confirmationBase');
    expect(await log()).toMatchObject([{ word: 'denied', lines: ['not now'] }]);
    expect((await answer({ confirmation: 'confirmed' })).status).toBe(200);
    expect(await device.links()).toHaveProperty('deploymentBase');
  });

  it('F3: agreed in advance, nothing waits; agreed twice is 409; no longer agreed is 200', async () => {
    const turn = (verb: string) => device.ask('POST', `/confirmationBase/${verb}`);
    expect((await turn('activateAutoConfirm')).status).toBe(200);
    expect((await turn('activateAutoConfirm')).status).toBe(409);
    expect(await device.links()).toHaveProperty('deploymentBase');
    expect((await turn('deactivateAutoConfirm')).status).toBe(200);
    expect((await turn('deactivateAutoConfirm')).status).toBe(200);
    expect((await base()).autoConfirm).toEqual({ active: false });
  });

  it.each([
    [undefined, { initiator: 'confirmed-1', remark: '' }],
    [
      { initiator: 'ada', remark: 'always' },
      { initiator: 'ada', remark: 'always' },
    ],
    [{ remark: 'x'.repeat(9_999) }, { initiator: 'confirmed-1', remark: 'x'.repeat(512) }],
    ['[]', { initiator: 'confirmed-1', remark: '' }],
  ])('F4: agreed in advance with the body %j', async (body, expected) => {
    device = await fleet.device('confirmed-1');
    const path = '/confirmationBase/activateAutoConfirm';
    expect((await device.ask('POST', path, { body })).status).toBe(200);
    expect(await base()).toEqual({
      autoConfirm: { active: true, activatedAt: Date.UTC(2026, 10, 21, 8), ...expected },
      _links: {
        deactivateAutoConfirm: { href: expect.stringMatching(/\/deactivateAutoConfirm$/) },
      },
    });
  });

  it('F5: the deployment is 404 while it waits, and the confirmation once it does not', async () => {
    expect((await device.ask('GET', `/deploymentBase/${action}`)).status).toBe(404);
    await answer({ confirmation: 'confirmed' });
    await device.links();
    expect((await device.ask('GET', `/deploymentBase/${action}`)).status).toBe(200);
    expect((await device.ask('GET', `/confirmationBase/${action}`)).status).toBe(404);
  });

  it.each([[{}], [{ confirmation: 'maybe' }], ['[]'], ['{'], [{ confirmation: ['confirmed'] }]])(
    'is 400 for %j',
    async (body) => {
      expect((await answer(body)).status).toBe(400);
    },
  );

  it('is 404 for strangers, and 410 for what is over', async () => {
    const body = { confirmation: 'confirmed' };
    expect((await answer(body, '1000000001')).status).toBe(404);
    const other = await fleet.device();
    const path = `/confirmationBase/${action}/feedback`;
    expect((await other.ask('POST', path, { body })).status).toBe(404);
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/close`, { body: {} });
    expect((await answer(body)).status).toBe(410);
  });
});
