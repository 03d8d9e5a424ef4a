import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, type Fleet, type Offered, startFleet } from './fleet.ts';

let fleet: Fleet;
let offered: Offered;
beforeEach(async () => {
  fleet = await startFleet();
  offered = await fleet.offered();
});
afterEach(() => fleet.api.close());

const recall = () =>
  fleet.api.call('POST', `/campaigns/${offered.campaign.id}/devices/${offered.device.id}/recall`, {
    body: { message: 'wrong build' },
  });
const answer = (execution: string, finished = 'none') =>
  offered.device.say('cancelAction', offered.action, execution, finished);
const place = async () => {
  const found = await offered.campaign.update(offered.device);
  if (found.status === 'closed') return found.outcome;
  return found.recall === null ? 'open' : 'cancelling';
};
const rels = async () => {
  const { configData: _, ...links } = await offered.device.links();
  return Object.keys(links);
};

describe('cancelAction', () => {
  it.each([
    ['closed', 'success', 'closed-by-operator'],
    ['closed', 'none', 'closed-by-operator'],
    // hawkBit leaves it cancelling, and its users ask why.
    ['canceled', 'success', 'closed-by-operator'],
    ['closed', 'failure', 'open'],
    ['rejected', 'none', 'open'],
    ['rejected', 'success', 'open'],
    ['proceeding', 'none', 'cancelling'],
    ['scheduled', 'none', 'cancelling'],
    ['resumed', 'none', 'cancelling'],
    ['download', 'none', 'cancelling'],
    ['downloaded', 'success', 'cancelling'],
  ])('E1: answered with %s and %s, the action is %s', async (execution, finished, expected) => {
    await recall();
    const reply = await answer(execution, finished);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-length']).toBe('0');
    expect(await place()).toBe(expected);
    const { body } = await fleet.api.call(
      'GET',
      `/campaigns/${offered.campaign.id}/devices/${offered.device.id}/log`,
    );
    expect(body.entries).toMatchObject([{ word: execution }]);
  });

  it('E2: is 405 when nobody asked it to stop', async () => {
    for (const word of ['closed', 'canceled', 'rejected', 'proceeding']) {
      expect(await answer(word)).toMatchObject({
        status: 405,
        body: { errorCode: 'hawkbit.server.error.action.notCancelable' },
      });
    }
    expect(await place()).toBe('open');
  });

  it('E3: is 404 to a GET when nobody asked it to stop, and for strangers', async () => {
    const path = `/cancelAction/${offered.action}`;
    expect((await offered.device.ask('GET', path)).status).toBe(404);
    await recall();
    const other = await fleet.device();
    expect((await other.ask('GET', path)).status).toBe(404);
    expect((await other.say('cancelAction', offered.action, 'closed', 'success')).status).toBe(404);
    expect((await offered.device.ask('GET', path)).status).toBe(200);
    await answer('closed', 'success');
    expect((await offered.device.ask('GET', path)).status).toBe(404);
  });

  it('E4: names the same id twice', async () => {
    await recall();
    const { body } = await offered.device.ask('GET', `/cancelAction/${offered.action}`);
    expect(body).toEqual({ id: offered.action, cancelAction: { stopId: offered.action } });
  });

  it('E5: has ids above 1,000,000,000 that lose their first digit without harm, and a link without a query', async () => {
    await recall();
    const { cancelAction = '' } = await offered.device.links();
    expect(cancelAction).toMatch(/\/cancelAction\/1\d{9}$/);
    const rest = Number(offered.action.slice(1));
    expect(rest).toBeGreaterThan(0);
    expect(rest).toBeLessThan(1_000_000_000);
  });

  it('E6: takes a report on the deployment first, then the answer, as SWUpdate gives them', async () => {
    await recall();
    expect(await rels()).toEqual(['cancelAction']);
    await offered.device.ask('GET', `/cancelAction/${offered.action}`);
    const late = await offered.device.say('deploymentBase', offered.action, 'proceeding');
    expect(late.status).toBe(200);
    expect((await answer('closed', 'success')).status).toBe(200);
    expect(await place()).toBe('closed-by-operator');
    expect(await rels()).toEqual([]);
  });

  it('E7: refused, the action is offered again', async () => {
    await recall();
    await answer('rejected');
    expect(await rels()).toEqual(['deploymentBase']);
    expect(actionOf((await offered.device.links())['deploymentBase'])).toBe(offered.action);
  });

  it('told again that it stopped is 200; another answer then is 410', async () => {
    await recall();
    await answer('closed', 'success');
    expect((await answer('closed', 'success')).status).toBe(200);
    for (const word of ['rejected', 'proceeding']) expect((await answer(word)).status).toBe(410);
  });

  it('follows when a whole campaign is cancelled', async () => {
    await offered.campaign.command('cancel');
    const { runNextJob } = await import('../../../src/app/jobs.ts');
    while (await runNextJob(fleet.api.context));
    expect(await rels()).toEqual(['cancelAction']);
    await answer('closed', 'success');
    expect(await place()).toBe('cancelled');
  });
});
