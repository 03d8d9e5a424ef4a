import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintTicket, ticketPath } from '../../../src/app/download-ticket.ts';
import { HOUR } from '../../../src/domain/time.ts';
import { startApi } from '../../support/api.ts';
import { hasCurl } from '../../support/curl.ts';
import { newFleet } from '../../support/fleet.ts';
import { openTestS3, type S3Process, startS3 } from '../../support/s3.ts';
import { putPackage } from '../../support/tickets.ts';
import { startFleet } from '../ddi/fleet.ts';

const run = promisify(execFile);
const bytes = randomBytes(600_000);

let s3: S3Process;
let place: Awaited<ReturnType<typeof openTestS3>>;
let directory: string;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());
beforeEach(async () => {
  place = await openTestS3(s3);
  directory = await mkdtemp(join(tmpdir(), 'muster-redirect-'));
});
afterEach(async () => {
  await place.close();
  await rm(directory, { recursive: true, force: true });
});

const leading = (redirects: string) => ({ MUSTER_S3_BUCKET: s3.bucket, MUSTER_S3_REDIRECT: redirects });
const isThere = (location: unknown): boolean => String(location).startsWith(`${s3.url}/${s3.bucket}/`);

describe('a device of the DDI protocol', () => {
  const offered = async (redirects: string) => {
    const fleet = await startFleet(leading(redirects), { blobs: place.blobs });
    const { id } = await fleet.pack(bytes.toString('latin1'), { fileName: 'update.swu' });
    const { device, action } = await fleet.offered({ packages: [id] });
    const { body } = await device.ask('GET', `/deploymentBase/${action}`);
    const url: string = body.deployment.chunks[0].artifacts[0]._links.download.href;
    return { fleet, device, url };
  };

  it('gets the bytes here, unless DDI is listed', async () => {
    const { fleet, device, url } = await offered('muster,lwm2m');
    expect(await device.ask('GET', url)).toMatchObject({ status: 200 });
    await fleet.api.close();
  });

  it('is led to the object store where it is, but for what is asked about the bytes', async () => {
    const { fleet, device, url } = await offered('ddi');
    const led = await device.ask('GET', url);
    expect(led).toMatchObject({ status: 302, headers: { 'cache-control': 'no-store' } });
    expect(isThere(led.headers['location'])).toBe(true);
    expect(await device.ask('HEAD', url)).toMatchObject({ status: 200 });
    expect(await device.ask('GET', `${url}.MD5SUM`)).toMatchObject({ status: 200 });
    expect(await device.ask('GET', url, { headers: { 'if-match': '"other"' } })).toMatchObject({
      status: 412,
    });
    await fleet.api.close();
  });

  it.skipIf(!hasCurl)('follows as libcurl does, which keeps its token from the other server', async () => {
    const { fleet, device, url } = await offered('ddi');
    const base = await fleet.api.http.listen({ port: 0, host: '127.0.0.1' });
    const file = join(directory, 'update.swu');
    const path = new URL(url).pathname;
    const token = `authorization: TargetToken ${device.token}`;
    await run('curl', ['-sfL', '-H', token, '-o', file, `${base}${path}`]);
    const sent = Buffer.from(bytes.toString('latin1'));
    expect((await readFile(file)).equals(sent)).toBe(true);
    await run('curl', ['-sfL', '-H', token, '-r', '100-299', '-o', file, `${base}${path}`]);
    expect((await readFile(file)).equals(sent.subarray(100, 300))).toBe(true);
    await fleet.api.close();
  });
});

describe.each(['lwm2m', 'oma-dm'] as const)('a device of %s with a ticket', (protocol) => {
  const ticketed = async (redirects: string) => {
    const fleet = await newFleet();
    const { store, clock } = fleet.deps;
    const api = await startApi({ store, clock, blobs: place.blobs }, leading(redirects));
    const base = await api.http.listen({ port: 0, host: '127.0.0.1' });
    const pack = await putPackage(fleet, place.blobs, bytes, { fileName: 'Firmware 1.bin' });
    const { campaign, device } = await fleet.launch({ packages: [pack.id] }, { protocol });
    await fleet.contact(device);
    const { generation } = await fleet.updateOf(campaign, device);
    const ticket = {
      ...{ account: fleet.operator.account.key, campaign: campaign.key, device: device.key, generation },
      ...{ packageIndex: 0, expiresAt: clock() + HOUR },
    };
    const url = base + ticketPath(mintTicket(api.context, ticket), pack.fileName);
    const fetched = async () =>
      (await store.updates.transfers(ticket.account, campaign.key, device.key))?.packages[0]?.done;
    return { api, url, fetched };
  };

  it('gets the bytes here, unless its protocol is listed', async () => {
    const { api, url } = await ticketed(protocol === 'lwm2m' ? 'oma-dm' : 'lwm2m');
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(200);
    await api.close();
  });

  it('is led to the object store where it is, and its download has begun', async () => {
    const { api, url, fetched } = await ticketed(protocol);
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status).toBe(200);
    expect(await fetched()).toBeUndefined();
    const led = await fetch(url, { redirect: 'manual' });
    expect(led.status).toBe(302);
    expect(isThere(led.headers.get('location'))).toBe(true);
    await vi.waitFor(async () => expect(await fetched()).toBe(0));
    const got = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(createHash('sha256').update(got).digest('hex')).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1, 4))).toBe(true);
    await api.close();
  });
});
