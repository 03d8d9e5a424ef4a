import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import { HOUR, MINUTE } from '../../../src/domain/time.ts';
import {
  answersTo,
  commandsIn,
  converse,
  correlatorIn,
  type DmDevice,
  type DmHouse,
  fumoAlert,
  fumoNodes,
  genericAlert,
  type Heard,
  type Nodes,
  startDmHouse,
  targetsOf,
} from '../../support/oma-dm-talk.ts';
import { upload } from '../../support/packages.ts';

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

const packages = async (...kinds: readonly string[]): Promise<readonly string[]> => {
  const made: string[] = [];
  for (const [at, kind] of kinds.entries()) {
    const described = { name: `p${at}`, version: '2.0', kind, fileName: 'p.bin' };
    made.push((await upload(house.api, `bytes ${at}`, described)).body.id);
  }
  return made;
};

/** Node name of a package, as the server gives it. */
const nameOf = (id: string): string => `m${id.replaceAll('-', '').slice(0, 15)}`;

const componentNodes = (): Nodes =>
  new Map([
    ['./DevDetail/FwV', '1.0'],
    ['.', 'DevInfo/DevDetail/SCOMO'],
    ['./SCOMO', 'Download/Inventory'],
    ['./SCOMO/Inventory/Deployed', ''],
  ]);

/** The device has a component. */
const deploy = (nodes: Nodes, id: string, version = '2.0'): void => {
  const root = './SCOMO/Inventory/Deployed';
  const name = nameOf(id);
  nodes.set(root, [...(nodes.get(root) ?? '').split('/').filter(Boolean), name].join('/'));
  for (const [leaf, value] of Object.entries({ ID: name, Name: name, Version: version })) {
    nodes.set(`${root}/${name}/${leaf}`, value);
  }
};

const done = (correlator: string, code = 1200): Command =>
  genericAlert(
    'urn:oma:at:scomo:1.0:OperationComplete',
    './SCOMO/Download',
    `<ResultCode>${code}</ResultCode>`,
    correlator,
  );

const once = { retry: { attempts: 1, backOffSeconds: 1 } };
const inTwo = { attributes: { 'dm.mode': 'two-steps' } };

describe('several packages of a campaign', () => {
  it('are installed one after the other, and count once all are deployed', async () => {
    const ids = await packages('software', 'file', 'software');
    const campaign = await house.campaign(['d1'], { ...once, packages: ids });
    const nodes = componentNodes();
    let all = await session(nodes);
    for (const [at, id] of ids.entries()) {
      expect(targetsOf(all, 'Exec')).toEqual([`./SCOMO/Download/${nameOf(id)}/Operations/DownloadInstall`]);
      expect(await campaign.update('d1')).toMatchObject({ outcome: null, position: 'download-running' });
      deploy(nodes, id);
      const alert = done(correlatorIn(all));
      all = await session(nodes, at === 0 ? [alert, { ...alert, cmdId: '10' }] : [alert]);
    }
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    expect((await house.api.call('GET', '/devices/d1')).body.versions).toMatchObject({
      p0: '2.0',
      p2: '2.0',
    });
    // What was made for it is gone.
    expect([...nodes.keys()].filter((node) => /^.\/SCOMO\/Download\/[^/]+$/.test(node))).toEqual([]);
  });

  it('are all downloaded before the first is installed where that has its own time', async () => {
    device = await house.device('d2', inTwo);
    const ids = await packages('software', 'software');
    const campaign = await house.campaign(['d2'], { ...once, packages: ids });
    const nodes = componentNodes();
    const told: string[] = [];
    let all = await session(nodes);
    for (let turn = 0; turn < 4; turn += 1) {
      told.push(...targetsOf(all, 'Exec'));
      if (turn > 1) deploy(nodes, ids[turn - 2] ?? '');
      all = await session(nodes, [done(correlatorIn(all))]);
    }
    const [one = '', two = ''] = ids.map(nameOf);
    expect(told).toEqual([
      `./SCOMO/Download/${one}/Operations/Download`,
      `./SCOMO/Download/${two}/Operations/Download`,
      `./SCOMO/Inventory/Delivered/${one}/Operations/Install`,
      `./SCOMO/Inventory/Delivered/${two}/Operations/Install`,
    ]);
    expect(await campaign.update('d2')).toMatchObject({ outcome: 'succeeded' });
  });

  it('may be firmware and software', async () => {
    const ids = await packages('firmware', 'software');
    const campaign = await house.campaign(['d1'], { ...once, packages: ids });
    const nodes = new Map([...fumoNodes('./FUMO', ['DownloadAndUpdate', 'State']), ...componentNodes()]);
    const first = await session(nodes);
    expect(targetsOf(first, 'Exec')).toEqual(['./FUMO/DownloadAndUpdate']);
    nodes.set('./DevDetail/FwV', '2.0');
    const second = await session(nodes, [
      fumoAlert('downloadandupdate', './FUMO', '200', correlatorIn(first)),
    ]);
    expect(targetsOf(second, 'Exec')).toEqual([
      `./SCOMO/Download/${nameOf(ids[1] ?? '')}/Operations/DownloadInstall`,
    ]);
    deploy(nodes, ids[1] ?? '');
    await session(nodes, [done(correlatorIn(second))]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('have failed once one of them has', async () => {
    const ids = await packages('software', 'software');
    const campaign = await house.campaign(['d1'], { ...once, packages: ids });
    const nodes = componentNodes();
    const first = correlatorIn(await session(nodes));
    const second = correlatorIn(await session(nodes, [done(first)]));
    await session(nodes, [done(second, 1407)]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed', reason: 'checksum-mismatch' });
  });
});

describe('a device with a component that falls silent', () => {
  const told = async (profile: object = {}) => {
    device = await house.device('d3', profile);
    const [id = ''] = await packages('software');
    const campaign = await house.campaign(['d3'], { ...once, packages: [id] });
    const nodes = componentNodes();
    await session(nodes);
    house.api.pass(HOUR);
    return { id, campaign, nodes };
  };

  it.each([
    ['20', 'download-failed'],
    ['60', 'install-failed'],
    ['70', 'install-failed'],
    ['10', 'connection-lost'],
  ])('and shows Status %s has failed: %s', async (status, reason) => {
    const { id, campaign, nodes } = await told();
    nodes.set(`./SCOMO/Download/${nameOf(id)}/Status`, status);
    await session(nodes);
    expect(await campaign.update('d3')).toMatchObject({ outcome: 'failed', reason });
  });

  it('before Exec has reached it is told again, whatever Status says of the one before', async () => {
    device = await house.device('d3', inTwo);
    const [id = ''] = await packages('software');
    const campaign = await house.campaign(['d3'], { ...once, packages: [id] });
    const nodes = componentNodes();
    for (const [status, operation] of [
      ['20', `./SCOMO/Download/${nameOf(id)}/Operations/Download`],
      ['50', `./SCOMO/Inventory/Delivered/${nameOf(id)}/Operations/Install`],
    ] as const) {
      nodes.set(operation.replace(/Operations.*$/, 'Status'), status);
      const talk = device.talk();
      const lost = [await talk.open([])];
      for (let heard = lost.at(-1); heard && commandsIn([heard], 'Exec').length === 0; heard = lost.at(-1))
        lost.push(await talk.send(answersTo(nodes, heard, 200)));
      expect(targetsOf(lost, 'Exec')).toEqual([operation]);
      house.api.pass(MINUTE);
      expect(commandsIn(await session(nodes), 'Exec')).toEqual([]);
      house.api.pass(HOUR);
      const again = await session(nodes);
      expect(targetsOf(again, 'Exec')).toEqual([operation]);
      expect(correlatorIn(again)).toBe(correlatorIn(lost));
      expect(await campaign.update('d3')).toMatchObject({ outcome: null, attempt: 1 });
      if (status === '20') nodes.set(operation.replace(/Operations.*$/, 'Status'), '40');
      house.api.pass(HOUR);
    }
    await session(nodes);
    expect(await campaign.update('d3')).toMatchObject({ outcome: 'failed', reason: 'install-failed' });
  });

  it.each(['30', '40', '50'])('and shows Status %s is left alone', async (status) => {
    const { id, campaign, nodes } = await told();
    nodes.set(`./SCOMO/Download/${nameOf(id)}/Status`, status);
    expect(commandsIn(await session(nodes), 'Exec')).toEqual([]);
    expect(await campaign.update('d3')).toMatchObject({ outcome: null });
  });

  it('and has downloaded is told to install, and is found out when that fails', async () => {
    const { id, campaign, nodes } = await told(inTwo);
    nodes.set(`./SCOMO/Download/${nameOf(id)}/Status`, '40');
    const delivered = `./SCOMO/Inventory/Delivered/${nameOf(id)}`;
    expect(targetsOf(await session(nodes), 'Exec')).toEqual([`${delivered}/Operations/Install`]);
    nodes.set(`${delivered}/Status`, '50');
    house.api.pass(HOUR);
    await session(nodes);
    expect(await campaign.update('d3')).toMatchObject({ outcome: 'failed', reason: 'install-failed' });
  });

  it('and has it deployed has succeeded', async () => {
    const { id, campaign, nodes } = await told();
    deploy(nodes, id);
    await session(nodes);
    expect(await campaign.update('d3')).toMatchObject({ outcome: 'succeeded' });
  });
});
