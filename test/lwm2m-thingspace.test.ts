import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';

let muster: Lwm2mServer;

beforeAll(async () => {
  muster = await startLwm2mServer();
});
afterAll(() => muster?.stop());

const IMEI = '990013907894464';
const DAY = 86_400_000;

/** A call of the software management API, with the headers that its clients send. */
const fota = async (method: string, path: string, body?: unknown) => {
  const reply = await fetch(`${muster.server.url}/api/fota${path}`, {
    method,
    headers: {
      authorization: `Bearer ${muster.token}`,
      'vz-m2m-token': muster.token,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
};

it('a firmware campaign of ThingSpace v3 with protocol LWM2M updates a device from end to end', async () => {
  await muster.device(IMEI);
  const device = await muster.simulate(`urn:imei:${IMEI}`, { protocols: [0], firmware: '1.0' });
  await device.until(() => device.log.some((line) => line.startsWith('GET /3/0')));
  await muster.image({ version: '2.0', size: 100_000 }, { name: 'field-firmware', fromVersion: '1.0' });
  expect(await fota('GET', '/v3/firmware/DEFAULT?protocol=LWM2M')).toMatchObject([
    { firmwareName: 'field-firmware', firmwareFrom: '1.0', firmwareTo: '2.0', protocol: 'LWM2M' },
  ]);
  const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
  const { id } = await fota('POST', '/v3/campaigns/firmware/DEFAULT', {
    firmwareName: 'field-firmware',
    firmwareFrom: '1.0',
    firmwareTo: '2.0',
    protocol: 'LWM2M',
    startDate: day(Date.now()),
    endDate: day(Date.now() + DAY),
    deviceList: [IMEI],
  });
  await device.until(({ version, registrations }) => version === '2.0' && registrations === 2);
  expect(await muster.ended(`${id}`, IMEI)).toMatchObject({ outcome: 'succeeded' });
  const { deviceList } = await fota('GET', `/v3/reports/DEFAULT/campaigns/${id}/devices`);
  expect(deviceList).toMatchObject([{ deviceId: IMEI, status: 'UpgradeSuccess' }]);
  expect(device.view().executions).toBe(1);
});
