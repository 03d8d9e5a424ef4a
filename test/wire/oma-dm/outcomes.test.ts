import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import { DAY, HOUR, MINUTE } from '../../../src/domain/time.ts';
import {
  answersTo,
  commandsIn,
  converse,
  correlatorIn,
  type DmCampaign,
  type DmDevice,
  type DmHouse,
  fumoAlert,
  fumoNodes,
  genericAlert,
  type Heard,
  type Nodes,
  startDmHouse,
  type TalkOptions,
  targetsOf,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
beforeEach(async () => {
  house = await startDmHouse();
});
afterEach(() => house.api.close());

const session = async (
  device: DmDevice,
  nodes: Nodes,
  alerts: readonly Command[] = [],
  { execStatus = 202, ...options }: TalkOptions & { readonly execStatus?: number } = {},
): Promise<readonly Heard[]> => {
  const talk = device.talk(options);
  return converse(talk, nodes, await talk.open(alerts), execStatus);
};

const once = { retry: { attempts: 1, backOffSeconds: 1 } };

const oneStep = (version = '1.0') => fumoNodes('./FUMO', ['DownloadAndUpdate', 'State'], version);

/** A device that was told to download and update in one go. */
const told = async (
  profile: object = {},
  plan: object = once,
): Promise<{ device: DmDevice; campaign: DmCampaign; nodes: Nodes; correlator: string }> => {
  const device = await house.device('d1', profile);
  const nodes = oneStep();
  const campaign = await house.campaign(['d1'], plan);
  const correlator = correlatorIn(await session(device, nodes));
  return { device, campaign, nodes, correlator };
};

describe('a result of FUMO (B1.7)', () => {
  it.each([
    ['402', 'failed', 'checksum-mismatch'],
    ['403', 'failed', 'wrong-package'],
    ['404', 'failed', 'wrong-package'],
    ['406', 'failed', 'download-failed'],
    ['408', 'failed', 'unsupported'],
    ['410', 'failed', 'install-failed'],
    ['487', 'failed', 'install-failed'],
    ['501', 'failed', 'no-space'],
    ['503', 'failed', 'connection-lost'],
    ['401', 'rejected', 'device-rejected'],
  ])('%s makes it %s: %s', async (code, outcome, reason) => {
    const { device, campaign, nodes, correlator } = await told();
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', code, correlator)]);
    const update = await campaign.update('d1');
    expect(update).toMatchObject({ outcome, reason });
    expect(update.message).toContain(code);
  });

  it('is known by the node when no Correlator comes with it, and with a prefix to its type', async () => {
    const { device, campaign, nodes } = await told();
    const type = ' Reversed-Domain-Name: org.openmobilealliance.dm.firmwareupdate.downloadandupdate ';
    await session(device, nodes, [genericAlert(type, './FUMO/DownloadAndUpdate', '410')]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed' });
  });

  it('changes nothing when it is told twice, or of a try that is over', async () => {
    const { device, campaign, nodes, correlator } = await told(
      {},
      { retry: { attempts: 2, backOffSeconds: 60 } },
    );
    const alert = fumoAlert('downloadandupdate', './FUMO', '503', correlator);
    await session(device, nodes, [alert]);
    const [first] = await session(device, nodes, [alert]);
    expect(first?.statuses.at(-1)?.code).toBe(200);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, attempt: 2 });
    house.api.pass(2 * MINUTE);
    const second = correlatorIn(await session(device, nodes));
    expect(second).not.toBe(correlator);
    await session(device, nodes, [alert]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'download-running' });
  });

  it('of success is not believed while the version stays the old one', async () => {
    const { device, campaign, nodes, correlator } = await told();
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '200', correlator)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'activation-running' });
    await session(device, nodes);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed', reason: 'version-mismatch' });
  });

  it('of success is enough where the profile trusts it', async () => {
    const { device, campaign, nodes, correlator } = await told({ attributes: { 'dm.trust': 'yes' } });
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '250', correlator)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('is read by the map of the device: Verizon puts off by 403, and downloads end with 255', async () => {
    const { device, campaign, nodes, correlator } = await told({ attributes: { 'dm.results': 'verizon' } });
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '403 LOW_BATTERY', correlator)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'download-running' });
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '255', correlator)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'execution-running' });
    await session(device, nodes, [fumoAlert('downloadandupdate', './FUMO', '553', correlator)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'rejected' });
  });
});

describe('a device that falls silent', () => {
  it.each([
    ['70', 'failed', 'install-failed'],
    ['20', 'failed', 'download-failed'],
    ['10', 'failed', 'connection-lost'],
  ])('and shows State %s has %s: %s', async (state, outcome, reason) => {
    const { device, campaign, nodes } = await told();
    nodes.set('./FUMO/State', state);
    house.api.pass(HOUR);
    await session(device, nodes);
    expect(await campaign.update('d1')).toMatchObject({ outcome, reason });
  });

  it('and shows State 60 is left alone', async () => {
    const { device, campaign, nodes } = await told();
    nodes.set('./FUMO/State', '60');
    house.api.pass(HOUR);
    const all = await session(device, nodes);
    expect(commandsIn(all, 'Exec')).toEqual([]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null });
  });

  it('and has the version has succeeded', async () => {
    const { device, campaign, nodes } = await told();
    nodes.set('./DevDetail/FwV', '2.0');
    await session(device, nodes);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('and has downloaded meanwhile is told to update, once', async () => {
    const device = await house.device('d1');
    const nodes = fumoNodes('./FUMO', ['Download', 'Update', 'State']);
    await house.campaign(['d1']);
    await session(device, nodes);
    nodes.set('./FUMO/State', '40');
    house.api.pass(MINUTE);
    expect(targetsOf(await session(device, nodes), 'Exec')).toEqual(['./FUMO/Update']);
    expect(targetsOf(await session(device, nodes), 'Exec')).toEqual([]);
  });

  it.each(['100', '20', '70'])(
    'before Exec has reached it is told again, whatever State %s says of the update before',
    async (state) => {
      const device = await house.device('d1');
      const nodes = oneStep();
      nodes.set('./FUMO/State', state);
      const campaign = await house.campaign(['d1'], once);
      const talk = device.talk();
      const lost = [await talk.open([])];
      for (let heard = lost.at(-1); heard && commandsIn([heard], 'Exec').length === 0; heard = lost.at(-1))
        lost.push(await talk.send(answersTo(nodes, heard, 202)));
      house.api.pass(MINUTE);
      expect(commandsIn(await session(device, nodes), 'Exec')).toEqual([]);
      house.api.pass(HOUR);
      const again = await session(device, nodes);
      expect(correlatorIn(again)).toBe(correlatorIn(lost));
      expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'download-running' });
      house.api.pass(HOUR);
      await session(device, nodes);
      expect(await campaign.update('d1')).not.toMatchObject({ position: 'download-running' });
    },
  );

  it('is never told the same twice in an attempt', async () => {
    const { device, nodes } = await told();
    expect(commandsIn(await session(device, nodes), 'Exec')).toEqual([]);
    expect(commandsIn(await session(device, nodes), 'Replace')).toEqual([]);
  });
});

describe('a campaign', () => {
  it('that is shut gets an inventory and nothing else, and says why', async () => {
    const device = await house.device('d1');
    const notBefore = new Date(Date.UTC(2026, 10, 22, 8)).toISOString();
    const campaign = await house.campaign(['d1'], { download: { notBefore, windows: [] } });
    const all = await session(device, oneStep());
    expect(new Set(all.flatMap(({ commands }) => commands.map(({ name }) => name)))).toEqual(
      new Set(['Get']),
    );
    const { body } = await house.api.call('GET', `/campaigns/${campaign.id}/devices/d1/explanation`);
    expect(body.blocking.message).not.toBe('');
    house.api.pass(DAY);
    expect(commandsIn(await session(device, oneStep()), 'Exec')).toHaveLength(1);
  });

  it('with another window for installing lets a device download first', async () => {
    const device = await house.device('d1');
    const nodes = fumoNodes();
    const notBefore = new Date(Date.UTC(2026, 10, 22, 8)).toISOString();
    const campaign = await house.campaign(['d1'], { install: { notBefore, windows: [] } });
    // How many steps it takes is known from its first session.
    const correlator = correlatorIn(await session(device, nodes));
    const alert = fumoAlert('download', './FUMO', '200', correlator);
    expect(commandsIn(await session(device, nodes, [alert]), 'Exec')).toEqual([]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: null });
    house.api.pass(DAY);
    expect(targetsOf(await session(device, nodes), 'Exec')).toEqual(['./FUMO/Update']);
  });

  it('fails a device that refuses PkgURL or Exec, by what it says', async () => {
    const device = await house.device('d1');
    const campaign = await house.campaign(['d1'], once);
    await session(device, oneStep(), [], { execStatus: 425 });
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed', reason: 'device-rejected' });
  });

  it('fails a device without FUMO as unsupported, or makes it one where the profile says where', async () => {
    const bare: Nodes = new Map([
      ['./DevDetail/FwV', '1.0'],
      ['.', 'DevInfo/DevDetail/X'],
    ]);
    const device = await house.device('d1');
    const campaign = await house.campaign(['d1'], once);
    await session(device, bare);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed', reason: 'unsupported' });
    const other = await house.device('d2', { attributes: { 'dm.parent': './FwUpdate' } });
    await house.campaign(['d2'], once);
    const all = await session(other, bare);
    expect(targetsOf(all, 'Exec')).toEqual(['./FwUpdate/muster/DownloadAndUpdate']);
  });

  it('finds FUMO by its type, and below the node of older devices', async () => {
    const typed = fumoNodes('./Vendor/Fw', ['DownloadAndUpdate', 'State']);
    typed.set('.', 'DevInfo/Vendor');
    typed.set('./Vendor', 'Fw');
    const odd = fumoNodes('./Odd', ['DownloadAndUpdate', 'State']);
    odd.set('.', 'DevInfo/Odd');
    odd.set('./Odd?prop=Type', 'urn:oma:mo:oma-fumo:1.0');
    const device = await house.device('d1');
    await house.campaign(['d1']);
    expect(targetsOf(await session(device, odd), 'Exec')).toEqual(['./Odd/DownloadAndUpdate']);
    const below = fumoNodes('./FwUpdate/abc', ['DownloadAndUpdate', 'State']);
    below.set('./FwUpdate', 'abc');
    const older = await house.device('d2');
    await house.campaign(['d2']);
    expect(targetsOf(await session(older, below), 'Exec')).toEqual(['./FwUpdate/abc/DownloadAndUpdate']);
    const named = await house.device('d3', { attributes: { 'dm.fumo': './Vendor/Fw' } });
    await house.campaign(['d3']);
    expect(targetsOf(await session(named, typed), 'Exec')).toEqual(['./Vendor/Fw/DownloadAndUpdate']);
  });

  it('adds PkgURL where it is not there yet', async () => {
    const device = await house.device('d1');
    const nodes = oneStep();
    nodes.delete('./FUMO/DownloadAndUpdate/PkgURL');
    await house.campaign(['d1']);
    const all = await session(device, nodes);
    expect(targetsOf(all, 'Add')).toEqual(['./FUMO/DownloadAndUpdate/PkgURL']);
    expect(commandsIn(all, 'Exec')).toHaveLength(1);
  });
});

describe.each(['xml', 'wbxml'] as const)('a package inside the session in %s', (encoding) => {
  it('goes in chunks and is installed after', async () => {
    const device = await house.device('d1', { attributes: { 'dm.mode': 'in-band' } });
    const nodes = fumoNodes('./FUMO', ['Update', 'State']);
    nodes.set('./FUMO/Update/PkgData', '');
    const { api } = house;
    const bytes = Buffer.from(Array.from({ length: 9_000 }, (_, at) => (at * 7) % 256));
    const query = 'name=big&version=2.0&kind=firmware&fileName=big.bin';
    const headers = { 'content-type': 'application/octet-stream' };
    const pack = await api.call('POST', `/packages?${query}`, { body: bytes, headers });
    const campaign = await house.campaign(['d1'], { packages: [pack.body.id] });
    const talk = device.talk({ encoding, maxMsgSize: 4_096 });
    const { answersTo } = await import('../../support/oma-dm-talk.ts');
    const chunks: Uint8Array[] = [];
    let heard = await talk.open();
    const all = [heard];
    while (heard.commands.length > 0 && all.length < 30) {
      const answers = answersTo(nodes, heard).map((command): Command => {
        const sent = heard.commands.find(
          (one) => command.name === 'Status' && one.cmdId === command.cmdRef && one.name === 'Replace',
        );
        const item = sent !== undefined && 'items' in sent ? sent.items[0] : undefined;
        if (item?.target !== './FUMO/Update/PkgData' || command.name !== 'Status') return command;
        if (typeof item.data !== 'string' && item.data !== undefined) chunks.push(item.data);
        return item.moreData === true ? { ...command, code: 213 } : command;
      });
      const more = heard.message.final
        ? []
        : [{ name: 'Alert', cmdId: '99', code: 1222, items: [] } as const];
      heard = await talk.send([...answers, ...more]);
      all.push(heard);
    }
    expect(Buffer.concat(chunks).toString('hex')).toBe(bytes.toString('hex'));
    expect(chunks.length).toBeGreaterThan(2);
    expect(Math.max(...all.map(({ bytes: { length } }) => length))).toBeLessThanOrEqual(4_096);
    expect(targetsOf(all, 'Exec')).toEqual(['./FUMO/Update']);
    expect(await campaign.update('d1')).toMatchObject({ position: 'execution-running' });
  });
});
