import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from '../../contract/store/world.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { type Fleet, startFleet } from '../ddi/fleet.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.api.close());

type Line = Readonly<Record<string, string>>;

const csv = async (campaign: string): Promise<readonly Line[]> => {
  const { body, headers } = await fleet.api.call('GET', `/campaigns/${campaign}/report`);
  expect(headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(headers['content-disposition']).toContain(`campaign-${campaign}.csv`);
  return parse(Buffer.from(body), { columns: true });
};

const draft = async (): Promise<{ readonly id: string }> =>
  (await fleet.api.call('POST', '/campaigns', { body: { name: 'Nobody is in it' } })).body;

describe('GET /campaigns/:campaign/report', () => {
  it('has a line for each device, with its end and when it came to each position', async () => {
    const { device, action, campaign } = await fleet.offered();
    const begun = fleet.api.context.clock();
    fleet.api.pass(60_000);
    await device.say('deploymentBase', action, 'closed', 'failure', { details: ['=1+1'] });
    const [line, ...others] = await csv(campaign.id);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      device: device.id,
      attempts: expect.stringMatching(/^[1-9]/),
      journeys: '1',
    });
    const { since, packages, position } = await campaign.update(device);
    expect(line).toMatchObject({ position, packages: must(packages ?? undefined).join(' ') });
    expect(line?.['inventoriedAt']).toBe(new Date(begun).toISOString());
    expect(Object.values(must(line))).toContain(new Date(since).toISOString());
  });

  it('tells of a success in both forms', async () => {
    const { device, action, campaign } = await fleet.offered();
    await device.say('deploymentBase', action, 'closed', 'success');
    const [line] = await csv(campaign.id);
    expect(line).toMatchObject({ status: 'closed', outcome: 'succeeded' });
    const { body } = await fleet.api.call('GET', `/campaigns/${campaign.id}/report?format=json`);
    expect(body).toEqual([
      {
        device: device.id,
        status: 'closed',
        position: line?.['position'],
        outcome: 'succeeded',
        reason: line?.['reason'],
        message: line?.['message'],
        attempts: 1,
        journeys: 1,
        times: expect.objectContaining({
          inventoried: line?.['inventoriedAt'],
          'download-running': line?.['download-runningAt'],
          closed: line?.['closedAt'],
        }),
        bytes: null,
        packages: [expect.any(String)],
      },
    ]);
  });

  it('is a head alone, or an empty array, of a campaign without devices', async () => {
    const { id } = await draft();
    expect(await csv(id)).toEqual([]);
    expect((await fleet.api.call('GET', `/campaigns/${id}/report?format=json`)).body).toEqual([]);
  });

  it('is of campaigns that there are', async () => {
    expect((await fleet.api.call('GET', '/campaigns/none/report')).status).toBe(404);
    const { id } = await draft();
    expectProblem(await fleet.api.call('GET', `/campaigns/${id}/report?format=xml`), 400);
  });
});
