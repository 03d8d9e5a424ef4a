import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import { DAY } from '../../../src/domain/time.ts';
import {
  answersTo,
  commandsIn,
  converse,
  correlatorIn,
  type DmDevice,
  type DmHouse,
  fumoAlert,
  fumoNodes,
  type Heard,
  type Nodes,
  startDmHouse,
  targetsOf,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
let device: DmDevice;
beforeEach(async () => {
  house = await startDmHouse();
  device = await house.device('d1');
});
afterEach(() => house.api.close());

const session = async (nodes: Nodes, alerts: readonly Command[] = []): Promise<readonly Heard[]> => {
  const talk = device.talk();
  return converse(talk, nodes, await talk.open(alerts));
};

const once = { retry: { attempts: 1, backOffSeconds: 1 } };
const tomorrow = new Date(Date.UTC(2026, 10, 22, 8)).toISOString();
const later = { install: { notBefore: tomorrow, windows: [] } };
const [all, download, update] = ['./FUMO/DownloadAndUpdate', './FUMO/Download', './FUMO/Update'];

/** A whole session in which the device answers Exec of one node with a status. */
const refusing = async (nodes: Nodes, node: string, code: number): Promise<readonly Heard[]> => {
  const talk = device.talk();
  const heard = [await talk.open()];
  for (let last = heard[0]; last !== undefined && last.commands.length > 0 && heard.length < 20; ) {
    const refused = last.commands.find((one) => one.name === 'Exec' && one.items[0]?.target === node);
    last = await talk.send(
      answersTo(nodes, last).map((one) =>
        one.name === 'Status' && one.cmdRef === refused?.cmdId ? { ...one, code } : one,
      ),
    );
    heard.push(last);
  }
  return heard;
};

describe('a device that can update in one step and in two', () => {
  it('does it in one where installing has no time of its own', async () => {
    await house.campaign(['d1']);
    expect(targetsOf(await session(fumoNodes()), 'Exec')).toEqual([all]);
  });

  it('does it in two where it has, and the gate is asked about each', async () => {
    await house.campaign(['d1'], later);
    const nodes = fumoNodes();
    const first = await session(nodes);
    expect(targetsOf(first, 'Exec')).toEqual([download]);
    const told = fumoAlert('download', './FUMO', '200', correlatorIn(first));
    expect(targetsOf(await session(nodes, [told]), 'Exec')).toEqual([]);
    house.api.pass(DAY);
    expect(targetsOf(await session(nodes), 'Exec')).toEqual([update]);
  });

  it('does it in two where somebody has to agree to the installation', async () => {
    await house.campaign(['d1'], { checkpoints: ['execution'] });
    expect(targetsOf(await session(fumoNodes()), 'Exec')).toEqual([download]);
  });
});

describe('a device that does not implement what it was told', () => {
  it('by result 408 is told the other way, in the same attempt and from then on', async () => {
    const campaign = await house.campaign(['d1'], once);
    const nodes = fumoNodes();
    const refused = fumoAlert('downloadandupdate', './FUMO', '408', correlatorIn(await session(nodes)));
    const second = await session(nodes, [refused]);
    expect(targetsOf(second, 'Exec')).toEqual([download]);
    expect((await house.api.call('GET', '/devices/d1')).body.attributes['dm.steps']).toBe('two');
    // Told once more it is no news.
    const told = fumoAlert('download', './FUMO', '200', correlatorIn(second));
    const third = await session(nodes, [refused, { ...told, cmdId: '10' }]);
    expect(targetsOf(third, 'Exec')).toEqual([update]);
    nodes.set('./DevDetail/FwV', '2.0');
    await session(nodes, [fumoAlert('update', './FUMO', '200', correlatorIn(third))]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    // Other firmware may implement it.
    expect((await house.api.call('GET', '/devices/d1')).body.attributes['dm.steps']).toBe('either');
  });

  it.each([404, 405, 406, 501])(
    'by status %d for Exec is told the other way in that session',
    async (code) => {
      await house.campaign(['d1'], once);
      expect(targetsOf(await refusing(fumoNodes(), all, code), 'Exec')).toEqual([all, download]);
    },
  );

  it('of two steps is told the one only where both phases may be at once', async () => {
    await house.device('d2');
    const profile = { attributes: { 'dm.mode': 'two-steps' } };
    device = await house.device('d3', profile);
    const campaign = await house.campaign(['d3'], once);
    // What its profile allows is not gone beyond.
    await refusing(fumoNodes(), download, 501);
    expect(await campaign.update('d3')).toMatchObject({ outcome: 'failed', reason: 'unsupported' });
  });

  it('and has times of its own for installing fails, and waits for both with the next attempt', async () => {
    const campaign = await house.campaign(['d1'], { ...later, retry: { attempts: 2, backOffSeconds: 1 } });
    const nodes = fumoNodes();
    expect(targetsOf(await refusing(nodes, download, 501), 'Exec')).toEqual([download]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, attempt: 2 });
    house.api.pass(60_000);
    expect(targetsOf(await session(nodes), 'Exec')).toEqual([]);
    house.api.pass(DAY);
    expect(targetsOf(await session(nodes), 'Exec')).toEqual([all]);
  });
});

describe('a device whose campaign was closed by somebody else', () => {
  const parent = { attributes: { 'dm.parent': './FwUpdate' } };
  const bare = (): Nodes =>
    new Map([
      ['./DevDetail/FwV', '1.0'],
      ['.', 'DevInfo/DevDetail'],
    ]);

  it('is rid of the nodes that were made for it, and is asked for no state any more', async () => {
    device = await house.device('d2', parent);
    const campaign = await house.campaign(['d2']);
    const nodes = bare();
    expect(targetsOf(await session(nodes), 'Exec')).toEqual(['./FwUpdate/muster/DownloadAndUpdate']);
    await campaign.command('cancel');
    while (await runNextJob(house.api.context));
    expect(targetsOf(await session(nodes), 'Delete')).toEqual(['./FwUpdate/muster']);
    expect(nodes.has('./FwUpdate/muster')).toBe(false);
    const last = await session(nodes);
    expect(commandsIn(last, 'Delete')).toEqual([]);
    expect(targetsOf(last, 'Get').filter((node) => node.endsWith('/State'))).toEqual([]);
  });

  it('gets its nodes again where another campaign needs them', async () => {
    device = await house.device('d2', parent);
    const first = await house.campaign(['d2']);
    const nodes = bare();
    await session(nodes);
    await first.command('cancel');
    while (await runNextJob(house.api.context));
    await house.campaign(['d2']);
    expect(targetsOf(await session(nodes), 'Exec')).toEqual(['./FwUpdate/muster/DownloadAndUpdate']);
  });
});
