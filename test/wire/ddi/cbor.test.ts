import { decode, encode } from 'cbor2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, type Fleet, startFleet, type TestDevice } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.api.close());

const CBOR = 'application/cbor';
const headers = { accept: CBOR, 'content-type': CBOR };

const read = async (device: TestDevice, path = ''): Promise<unknown> => {
  const reply = await device.ask('GET', path, { headers: { accept: CBOR } });
  expect(reply.headers['content-type']).toBe(CBOR);
  expect(reply.headers['content-length']).toBe(String(reply.body.length));
  return decode(reply.body);
};

describe('a device that speaks CBOR', () => {
  it('is told the same as one that speaks JSON, and its report counts as much', async () => {
    const { device, campaign, action } = await fleet.offered();
    expect(await read(device)).toEqual((await device.ask('GET')).body);
    const { deploymentBase = '' } = await device.links();
    expect(await read(device, deploymentBase)).toEqual((await device.ask('GET', deploymentBase)).body);
    const status = { execution: 'closed', result: { finished: 'success' }, details: ['Installed.'] };
    const body = Buffer.from(encode({ id: Number(action), status }));
    const said = await device.ask('POST', `/deploymentBase/${action}/feedback`, { headers, body });
    expect(said.status).toBe(200);
    expect(said.headers['content-length']).toBe('0');
    expect(await campaign.update(device)).toMatchObject({ status: 'closed', outcome: 'succeeded' });
    expect(actionOf((await device.links())['installedBase'])).toBe(action);
  });

  it('is 304 when it knows the answer, by a tag of its own', async () => {
    const device = await fleet.device();
    const [own, other] = [
      await device.ask('GET', '', { headers: { accept: CBOR } }),
      await device.ask('GET'),
    ];
    expect(own.headers['etag']).not.toBe(other.headers['etag']);
    const known = { accept: CBOR, 'if-none-match': String(own.headers['etag']) };
    expect((await device.ask('GET', '', { headers: known })).status).toBe(304);
  });

  it.each([['a16464617461'], ['ff'], ['5b'], ['8101']])('is 400 for the bytes %s', async (bytes) => {
    const device = await fleet.device();
    const body = Buffer.from(bytes, 'hex');
    expect((await device.ask('PUT', '/configData', { headers, body })).status).toBe(400);
  });
});
