import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, MINUTE, quick, startDownload, startOne } from './agents.ts';
import { type PulseFleet, startPulseFleet } from './gateways.ts';

let fleet: PulseFleet;

beforeAll(async () => {
  fleet = await startPulseFleet();
});
afterAll(() => fleet.api.close());

describe('commands', () => {
  it('are whole messages: what to fetch, from where, and how to check it', async () => {
    const { gateway, packages, campaign } = await startOne(fleet);
    const { body } = await gateway.ask('GET', commandsOf(gateway));
    const [pack] = packages;
    const { sha256, size } = (await fleet.api.call('GET', `/packages/${pack}`)).body;
    const at = `${fleet.api.context.clock()}`;
    const argument = (name: string, ...value: readonly string[]) => ({ name, type: 'STRING', value });
    expect(body).toEqual({
      commandMessage: [
        {
          commandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          deviceId: gateway.id,
          clientId: '',
          name: 'OTA_DOWNLOAD',
          command: 'OTA_DOWNLOAD',
          execPath: '',
          asRoot: false,
          arguments: [
            argument('campaignId', campaign.id),
            argument('packageIds', ...packages),
            argument('packageUrls', `http://localhost:80/api/programs/${pack}/file`),
            argument('packageSha256', sha256),
            argument('packageSizes', `${size}`),
            argument('windowEnd'),
          ],
          createdTime: at,
          lastUpdatedTime: at,
        },
      ],
    });
  });

  it('tell when to come again: soon after a step, else as the account says', async () => {
    const { gateway } = await startOne(fleet, {});
    const pace = async () =>
      Number((await gateway.ask('GET', commandsOf(gateway))).headers['x-command-fetch-interval-seconds']);
    // A tenth at most is added, so that not all come at once.
    for (const [least, most] of [
      [30, 33],
      [30, 33],
      [30, 33],
      [300, 330],
    ] as const) {
      const seconds = await pace();
      expect(seconds).toBeGreaterThanOrEqual(least);
      expect(seconds).toBeLessThanOrEqual(most);
    }
  });

  it('come once, and again under the same id when the lease is over without a word', async () => {
    const { gateway, command } = await startDownload(fleet);
    fleet.api.pass(10 * MINUTE - 1);
    expect(await gateway.poll()).toBeUndefined();
    fleet.api.pass(1);
    expect(await gateway.poll()).toEqual(command);
    expect(await gateway.poll()).toBeUndefined();
    fleet.api.pass(10 * MINUTE);
    expect(await gateway.poll()).toEqual(command);
  });

  it.each(['RECEIVED', 'RUNNING'])('%s and progress renew the lease', async (status) => {
    const { gateway, command, campaign } = await startDownload(fleet);
    const path = `/api/campaigns/${campaign.id}/devices/${gateway.id}/progress/download`;
    for (let times = 0; times < 3; times += 1) {
      fleet.api.pass(6 * MINUTE);
      await gateway.says(command, status);
      fleet.api.pass(6 * MINUTE);
      expect((await gateway.ask('PUT', path, { packagesProgress: [] })).body).toEqual({});
      expect(await gateway.poll()).toBeUndefined();
    }
    fleet.api.pass(10 * MINUTE);
    expect(await gateway.poll()).toEqual(command);
  });

  it('are those of one campaign at a time, the oldest first', async () => {
    const gateway = await fleet.gateway();
    const first = await fleet.campaign([gateway], { settings: quick });
    const second = await fleet.campaign([gateway], { settings: quick });
    const campaigns: (string | undefined)[] = [];
    for (let phase = 0; phase < 6; phase += 1) {
      const command = await gateway.poll();
      campaigns.push(command?.arguments['campaignId']?.[0]);
      expect(await gateway.poll()).toBeUndefined();
      await gateway.says(command, 'SUCCEEDED');
    }
    expect(campaigns).toEqual([first.id, first.id, first.id, second.id, second.id, second.id]);
    expect((await second.end(gateway))[1]).toBe(true);
  });

  it('are none of a campaign that was stopped, whose reports still count', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    expect((await campaign.put('/stop')).status).toBe(200);
    fleet.api.pass(30 * MINUTE);
    expect(await gateway.poll()).toBeUndefined();
    await gateway.says(command, 'SUCCEEDED');
    expect(await campaign.state(gateway)).toBe('DOWNLOAD_COMPLETE');
    expect(await gateway.poll()).toBeUndefined();
    expect(await campaign.state(gateway)).toBe('DOWNLOAD_COMPLETE');

    expect((await campaign.put('/start')).status).toBe(200);
    const execute = await gateway.poll();
    expect(execute?.name).toBe('OTA_EXECUTE');
    await campaign.put('/stop');
    await gateway.says(execute, 'FAILED');
    // What is half done is undone all the same.
    expect((await gateway.poll())?.name).toBe('OTA_RESET');
  });

  it('are none for a gateway that was closed or taken out, whose reports are kept and change nothing', async () => {
    for (const end of ['close', 'remove']) {
      const { gateway, campaign, command } = await startDownload(fleet);
      const path = end === 'close' ? `/devices/${gateway.id}/close` : '/devices';
      const reply = await campaign.put(path, end === 'close' ? {} : { gatewayIds: [gateway.id] });
      expect(reply.status).toBe(200);
      fleet.api.pass(30 * MINUTE);
      expect(await gateway.poll()).toBeUndefined();
      await gateway.says(command, 'SUCCEEDED', { message: 'too late' });
      const update = (await fleet.api.call('GET', `/campaigns/${campaign.id}/devices/${gateway.id}`)).body;
      const outcome = end === 'close' ? 'closed-by-operator' : 'removed';
      expect(update).toMatchObject({ outcome, position: 'download-running' });
      const { entries } = await campaign.log(gateway);
      expect(entries.at(-1).lines).toEqual(['too late']);
    }
  });
});
