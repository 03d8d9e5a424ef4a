import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import {
  converse,
  correlatorIn,
  fumoAlert,
  fumoNodes,
  genericAlert,
  type Heard,
  type Nodes,
  openTalk,
} from '../../support/oma-dm-talk.ts';
import { type CampaignCalls, campaignCalls } from '../thingspace/campaign-calls.ts';
import { type Operator, startOperator } from '../thingspace/operator.ts';
import { done } from '../thingspace/prepare.ts';
import {
  firmwarePackage,
  first,
  module,
  publishedV3,
  softwarePackage,
  what,
} from '../thingspace/published.ts';

const PASSWORD = 'a-password-of-sixteen';

let operator: Operator;
let calls: CampaignCalls;
afterEach(() => operator.api.close());

const start = async (begins: string, pack: Readonly<Record<string, string>>, profile: object) => {
  operator = await startOperator(begins);
  calls = campaignCalls(operator);
  await operator.pack(pack);
  await operator.device(first, { protocol: 'oma-dm', ...profile });
  const secrets = { kind: 'dm', secret: PASSWORD, server: { secret: 'the-password-of-the-server' } };
  const path = `/devices/${first}/credentials`;
  done(await operator.api.call('POST', path, { as: operator.token(), body: secrets }));
};

const session = async (nodes: Nodes, alerts: readonly Command[] = []): Promise<readonly Heard[]> => {
  const talk = openTalk(operator.api, first, PASSWORD, { source: `IMEI:${first}` });
  return converse(talk, nodes, await talk.open(alerts));
};

describe('a campaign of the ThingSpace API', () => {
  it.each(['OMA', 'OMD-DM', 'OMADM'])('of v2 with distribution type %s updates software', async (type) => {
    await start('2020-08-20T10:00:00Z', softwarePackage, what);
    const windows = { downloadTimeWindowList: [], installTimeWindowList: [] };
    const given = { distributionType: type, deviceList: [first], ...windows };
    const id = await calls.scheduled('v2', {
      ...given,
      downloadAfterDate: undefined,
      installAfterDate: undefined,
    });
    await operator.at('2020-08-21T12:00:00Z');
    await operator.work();
    const nodes = fumoNodes();
    for (const name of ['./SCOMO', './SCOMO/Download', './SCOMO/Inventory/Deployed']) nodes.set(name, '');
    nodes.set('./SCOMO', 'Download/Inventory');
    for (const name of ['./FUMO']) nodes.delete(name);
    const all = await session(nodes);
    const alert = genericAlert(
      'urn:oma:at:scomo:1.0:OperationComplete',
      './SCOMO/Download',
      '<Result><ResultCode>1200</ResultCode></Result>',
      correlatorIn(all),
    );
    await session(nodes, [alert]);
    const statuses = await calls.statuses('v2', id);
    expect(statuses[first]).toMatch(/Succe/i);
  });

  it('of v3 with protocol OMD-DM updates firmware', async () => {
    await start('2021-09-27T10:00:00Z', firmwarePackage, module);
    const id = await calls.scheduled('v3', { protocol: 'OMD-DM', campaignTimeWindowList: [] });
    await operator.at('2021-09-29T12:00:00Z');
    await operator.work();
    const nodes = fumoNodes('./FUMO', ['DownloadAndUpdate', 'State'], publishedV3.firmwareFrom);
    const correlator = correlatorIn(await session(nodes));
    nodes.set('./DevDetail/FwV', publishedV3.firmwareTo);
    await session(nodes, [fumoAlert('downloadandupdate', './FUMO', '200', correlator)]);
    const statuses = await calls.statuses('v3', id);
    expect(statuses[first]).toMatch(/Succe/i);
  });
});
