import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import {
  commandsIn,
  converse,
  type DmHouse,
  fumoAlert,
  fumoNodes,
  type Heard,
  type Nodes,
  startDmHouse,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
beforeEach(async () => {
  house = await startDmHouse();
});
afterEach(() => house.api.close());

const execIn = (all: readonly Heard[]): Extract<Command, { readonly name: 'Exec' }> => {
  const [exec] = commandsIn(all, 'Exec');
  if (exec?.name !== 'Exec') throw new Error('no Exec');
  return exec;
};

const dataOf = (command: Command | undefined): string =>
  command !== undefined && 'items' in command ? `${command.items[0]?.data ?? ''}` : '';

/** One whole session of a device. */
const session = async (
  device: Awaited<ReturnType<DmHouse['device']>>,
  nodes: Nodes,
  alerts: readonly Command[] = [],
  options: Parameters<(typeof device)['talk']>[0] = {},
) => {
  const talk = device.talk(options);
  return converse(talk, nodes, await talk.open(alerts));
};

describe.each(['xml', 'wbxml'] as const)('firmware over OMA-DM in %s', (encoding) => {
  it('is downloaded and installed in one go', async () => {
    const device = await house.device('d1');
    const nodes = fumoNodes('./FUMO', ['DownloadAndUpdate', 'State']);
    const campaign = await house.campaign(['d1']);
    const all = await session(device, nodes, [], { encoding });
    const exec = execIn(all);
    expect(exec.items[0]?.target).toBe('./FUMO/DownloadAndUpdate');
    const url = nodes.get('./FUMO/DownloadAndUpdate/PkgURL') ?? '';
    const fetched = await house.api.http.inject({ method: 'GET', url: new URL(url).pathname });
    expect(fetched.payload).toBe(campaign.bytes);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'download-running' });
    nodes.set('./DevDetail/FwV', '2.0');
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '200', exec.correlator)], {
      encoding,
    });
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('is downloaded first and installed when that was told', async () => {
    const device = await house.device('d1');
    const nodes = fumoNodes('./FUMO', ['Download', 'Update', 'State']);
    const campaign = await house.campaign(['d1']);
    const first = execIn(await session(device, nodes, [], { encoding }));
    expect(first.items[0]?.target).toBe('./FUMO/Download');
    const second = execIn(
      await session(device, nodes, [fumoAlert('download', './FUMO', '200', first.correlator)], { encoding }),
    );
    expect(second.items[0]?.target).toBe('./FUMO/Update');
    expect(await campaign.update('d1')).toMatchObject({ position: 'execution-running' });
    nodes.set('./DevDetail/FwV', '2.0');
    await session(device, nodes, [fumoAlert('update', './FUMO', '200', second.correlator)], { encoding });
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('an inventory', () => {
  it('is all that a session brings while there is nothing to do', async () => {
    const device = await house.device('d1');
    const all = await session(device, fumoNodes());
    expect(all.flatMap(({ commands }) => commands).every(({ name }) => name === 'Get')).toBe(true);
    expect((await house.api.call('GET', '/devices/d1')).body).toMatchObject({
      make: 'Acme',
      model: 'X1',
      versions: { firmware: '1.0' },
      attributes: { 'dm.HwV': 'h1', 'dm.steps': 'either' },
    });
    expect(dataOf(commandsIn(all, 'Get')[0])).toBe('');
  });
});
