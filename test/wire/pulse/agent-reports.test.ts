import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, expectError, startDownload, startOne } from './agents.ts';
import { type PulseFleet, startPulseFleet, type TestGateway } from './gateways.ts';

let fleet: PulseFleet;

beforeAll(async () => {
  fleet = await startPulseFleet();
});
afterAll(() => fleet.api.close());

describe('reports on commands', () => {
  it('may come twice, and late, and change nothing then', async () => {
    const { gateway, campaign, command: download } = await startDownload(fleet);
    await gateway.says(download, 'SUCCEEDED');
    await gateway.says(download, 'SUCCEEDED');
    const execute = await gateway.poll();
    await gateway.says(download, 'FAILED', { message: 'connection lost' });
    await gateway.says(download, 'REJECTED');
    expect(await campaign.state(gateway)).toBe('EXECUTING');
    await gateway.says(execute, 'FAILED');
    await gateway.says(execute, 'FAILED');
    const reset = await gateway.poll();
    await gateway.says(reset, 'SUCCEEDED');
    for (const status of ['SUCCEEDED', 'FAILED', 'REJECTED', 'RUNNING']) await gateway.says(reset, status);
    expect(await campaign.end(gateway)).toEqual(['RESET_COMPLETE', true]);
    const { total } = await campaign.log(gateway);
    expect(total).toBe(11);
  });

  it('of a checkpoint and of an inventory change nothing, but a refusal is one', async () => {
    const { gateway, campaign } = await startOne(fleet, {}, { HEADLESS_EXECUTION: false });
    const inventory = await gateway.poll();
    await gateway.says(inventory, 'FAILED');
    expect(await campaign.state(gateway)).toBe('INVENTORY_UP_TO_DATE');
    const held = await gateway.poll();
    await gateway.says(held, 'SUCCEEDED');
    expect(await campaign.state(gateway)).toBe('WAITING_FOR_DOWNLOAD_APPROVAL');
    await campaign.put(`/devices/${gateway.id}/scheduled-download`, {});
    // A late word on the checkpoint does not begin what is ready.
    await gateway.says(held, 'SUCCEEDED');
    expect(await campaign.state(gateway)).toBe('WAITING_FOR_DOWNLOAD');
    expect((await gateway.poll())?.name).toBe('OTA_DOWNLOAD');

    const other = await startOne(fleet, {}, { HEADLESS_EXECUTION: false });
    await other.gateway.poll();
    await other.gateway.says(await other.gateway.poll(), 'REJECTED', { message: 'no' });
    expect((await other.campaign.end(other.gateway))[1]).toBe(true);
  });

  it('are kept in the words of the gateway, with the exit code', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    await gateway.says(command, 'RUNNING', { message: 'first\r\n\nsecond' });
    await gateway.says(command, 'FAILED', { message: 'a\0b', exitCode: -7 });
    const { entries } = await campaign.log(gateway);
    expect(entries).toMatchObject([
      { word: 'download running', result: 'none', code: null, lines: ['first', 'second'] },
      { word: 'download failed', result: 'failure', code: -7, lines: ['a\ufffdb'] },
    ]);
  });

  it('with unknown ids take what is known; with nothing known they are 404 and name them', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    const commands = (...ids: readonly string[]) => ({
      commands: ids.map((commandId) => ({ commandId, status: 'SUCCEEDED' })),
    });
    const unknown = await gateway.ask('PUT', commandsOf(gateway), commands('one', 'two'));
    expectError(unknown, 404, 5, '"one", "two"');
    const some = await gateway.ask('PUT', commandsOf(gateway), commands('one', command?.id ?? ''));
    expect([some.status, some.body]).toEqual([200, { unknown: ['one'] }]);
    expect(await campaign.state(gateway)).toBe('DOWNLOAD_COMPLETE');

    // Another gateway's command is as unknown as any.
    const other = await fleet.gateway();
    expectError(await other.ask('PUT', commandsOf(other), commands(command?.id ?? '')), 404, 5);
  });

  it('of a journey before the present one name nothing any more', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    await campaign.put(`/devices/${gateway.id}/close`, {});
    await fleet.api.call('POST', `/api/campaigns/${campaign.id}/devices`, {
      body: { gatewayIds: [gateway.id] },
    });
    const again = await gateway.poll();
    expect(again?.id).not.toBe(command?.id);
    const body = { commands: [{ commandId: command?.id, status: 'FAILED' }] };
    expectError(await gateway.ask('PUT', commandsOf(gateway), body), 404, 5);
    expect(await campaign.state(gateway)).toBe('DOWNLOADING');
  });

  it('are taken whole or not at all when they are malformed', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    const good = { commandId: command?.id, status: 'SUCCEEDED' };
    for (const bad of [
      { commandId: 'x' },
      { ...good, status: 'succeeded' },
      'x',
      { ...good, exitCode: {} },
    ]) {
      expectError(
        await gateway.ask('PUT', commandsOf(gateway), { commands: [good, bad] }),
        400,
        3,
        'commands.1',
      );
    }
    for (const body of ['{', '[]', '{"commands":{}}', undefined]) {
      expectError(await gateway.ask('PUT', commandsOf(gateway), body), 400, 3);
    }
    expect(await campaign.state(gateway)).toBe('DOWNLOADING');
    const large = { commands: [{ ...good, message: 'x'.repeat(5 << 20) }] };
    expectError(await gateway.ask('PUT', commandsOf(gateway), large), 413, 8);
  });
});

describe('progress', () => {
  const put = (gateway: TestGateway, campaign: { readonly id: string }, what: string, body: object) =>
    gateway.ask('PUT', `/api/campaigns/${campaign.id}/devices/${gateway.id}/progress/${what}`, body);
  const read = async (gateway: TestGateway, campaign: { readonly id: string }, what: string) =>
    (await fleet.api.call('GET', `/api/campaigns/${campaign.id}/devices/${gateway.id}/progress/${what}`))
      .body;

  it('of a download is what the gateway said last, and all of it at the end', async () => {
    const { gateway, campaign, packages, command } = await startDownload(fleet);
    const [id = ''] = packages;
    const total = command?.arguments['packageSizes']?.[0];
    const told = async (progress: string | number) => {
      expect(
        (await put(gateway, campaign, 'download', { packagesProgress: [{ id, progress, total }] })).body,
      ).toEqual({});
      return (await read(gateway, campaign, 'download')).packagesProgress[0].progress;
    };
    expect(await told(10)).toBe('10');
    expect(await told('20')).toBe('20');
    // A late message; and a download that begins anew.
    expect(await told(15)).toBe('20');
    expect(await told(0)).toBe('0');
    await gateway.says(command, 'SUCCEEDED');
    expect(await read(gateway, campaign, 'download')).toEqual({
      packagesProgress: [{ id, progress: total, total }],
    });
  });

  it('of an execution is lines, oldest first', async () => {
    const { gateway, campaign, command } = await startDownload(fleet);
    await gateway.says(command, 'SUCCEEDED');
    await gateway.poll();
    const lines = ['one', 'two'];
    expect((await put(gateway, campaign, 'execution', { progress: lines })).body).toEqual({});
    await put(gateway, campaign, 'execution', { progress: ['three'], phase: 'EXECUTION', packageId: 'p' });
    expect((await read(gateway, campaign, 'execution')).progress).toEqual([...lines, 'three']);
  });

  it.each([
    ['more than there is', { packagesProgress: [{ id: '$pack', progress: 2, total: 1 }] }],
    ['an unknown package', { packagesProgress: [{ id: 'other', progress: 1, total: 1 }] }],
    ['no number', { packagesProgress: [{ id: '$pack', progress: 'x', total: 1 }] }],
    ['another campaign than in the path', { packagesProgress: [], campaignId: 'other' }],
  ])('of %s is refused', async (_, body) => {
    const { gateway, campaign, packages } = await startDownload(fleet);
    const filled = JSON.parse(JSON.stringify(body).replace('$pack', packages[0] ?? ''));
    expectError(await put(gateway, campaign, 'download', filled), 400, 3);
  });

  it('of what was not handed out, is over or is not there is refused', async () => {
    const { gateway, campaign } = await startOne(fleet, {});
    expectError(await put(gateway, campaign, 'download', { packagesProgress: [] }), 400, 9);
    expectError(await put(gateway, campaign, 'execution', { progress: ['x'] }), 400, 9);
    await campaign.put(`/devices/${gateway.id}/close`, {});
    expectError(await put(gateway, campaign, 'execution', { progress: ['x'] }), 400, 9, 'over');
    expectError(await put(gateway, { id: 'nowhere' }, 'execution', { progress: ['x'] }), 404, 5, 'nowhere');
    const other = await fleet.gateway();
    expectError(await put(other, campaign, 'execution', { progress: ['x'] }), 404, 5);
  });
});
