import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintTicket, type TicketFor, ticketPath } from '../../../src/app/download-ticket.ts';
import { closeDevice } from '../../../src/app/members.ts';
import type { StoredCampaign, StoredDevice, StoredPackage } from '../../../src/app/records.ts';
import { openDiskBlobs } from '../../../src/blobs/disk.ts';
import type { DeviceKey } from '../../../src/domain/ids.ts';
import { HOUR } from '../../../src/domain/time.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { hasCurl } from '../../support/curl.ts';
import { type Fleet, granted, newFleet } from '../../support/fleet.ts';
import { putPackage } from '../../support/tickets.ts';

const run = promisify(execFile);

/** Large enough that no buffer between the two holds all of it. */
const bytes = randomBytes(12_000_000);
const digest = (algorithm: string, of: Uint8Array = bytes): string =>
  createHash(algorithm).update(of).digest('base64');

let directory: string;
let fleet: Fleet;
let api: Api;
let base: string;
let pack: StoredPackage;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-download-'));
  fleet = await newFleet();
  const blobs = await openDiskBlobs(join(directory, 'packages'));
  const { store, clock } = fleet.deps;
  // A limit that a second request would exceed, if downloads counted.
  api = await startApi({ store, blobs, clock }, { MUSTER_RATE_LIMIT: '1' });
  base = await api.http.listen({ port: 0, host: '127.0.0.1' });
  pack = await putPackage(fleet, blobs, bytes, { fileName: 'Firmware 1.3.bin', contentType: 'text/html' });
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

let campaign: StoredCampaign;
let device: StoredDevice;
let ticket: TicketFor;
beforeEach(async () => {
  ({ campaign, device } = await fleet.launch({ packages: [pack.id] }, { protocol: 'lwm2m' }));
  await fleet.contact(device);
  const { generation } = await fleet.updateOf(campaign, device);
  ticket = {
    ...{ account: fleet.operator.account.key, campaign: campaign.key, device: device.key, generation },
    ...{ packageIndex: 0, expiresAt: fleet.deps.clock() + HOUR },
  };
});

const urlOf = (change: Partial<TicketFor> = {}): string =>
  base + ticketPath(mintTicket(api.context, { ...ticket, ...change }), pack.fileName);
const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(urlOf(), { method, headers });
const bytesOf = async (reply: Response): Promise<Buffer> => Buffer.from(await reply.arrayBuffer());
const fetched = async () =>
  (await fleet.store.updates.transfers(ticket.account, campaign.key, device.key))?.packages[0]?.done;
const position = async () => (await fleet.updateOf(campaign, device)).position;
const etag = () => `"sha256-${pack.digests.sha256}"`;

describe('a download', () => {
  it('is the bytes, and says what they are to new clients and old', async () => {
    const reply = await get({ 'accept-encoding': 'gzip, deflate, br' });
    expect(reply.status).toBe(200);
    expect((await bytesOf(reply)).equals(bytes)).toBe(true);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': `${bytes.length}`,
      'accept-ranges': 'bytes',
      etag: etag(),
      'repr-digest': `sha-256=:${digest('sha256')}:`,
      digest: `SHA-256=${digest('sha256')}`,
      'content-md5': digest('md5'),
      'content-disposition': expect.stringContaining('Firmware 1.3.bin'),
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers.get('content-encoding')).toBeNull();
    expect(reply.headers.get('transfer-encoding')).toBeNull();
    expect(reply.headers.get('cache-control')).toContain('no-transform');
  });

  it('notes how far it came, and is no success', async () => {
    expect(await fetched()).toBeUndefined();
    await bytesOf(await get());
    await vi.waitFor(async () => expect(await fetched()).toBe(bytes.length));
    expect(await position()).toBe('download-running');
  });

  it('in part is 206, with the digest of the whole', async () => {
    const reply = await get({ range: 'bytes=1000-1999' });
    expect(reply.status).toBe(206);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-range': `bytes 1000-1999/${bytes.length}`,
      'content-length': '1000',
      digest: `SHA-256=${digest('sha256')}`,
    });
    expect(reply.headers.get('content-md5')).toBeNull();
    expect((await bytesOf(reply)).equals(bytes.subarray(1_000, 2_000))).toBe(true);
    await vi.waitFor(async () => expect(await fetched()).toBe(1_000));
  });

  it.each([
    ['the end', 'bytes=-5', 206, () => bytes.subarray(-5)],
    ['from somewhere on', 'bytes=11999990-', 206, () => bytes.subarray(11_999_990)],
    ['several parts', 'bytes=0-1,5-6', 200, () => bytes],
    ['another unit', 'lines=1-2', 200, () => bytes],
  ])('takes a range for what it is: %s', async (_, range, status, expected) => {
    const reply = await get({ range });
    expect(reply.status).toBe(status);
    expect((await bytesOf(reply)).equals(expected())).toBe(true);
  });

  it('refuses a range that lies outside', async () => {
    const reply = await get({ range: 'bytes=12000000-' });
    expect(reply.status).toBe(416);
    expect(reply.headers.get('content-range')).toBe('bytes */12000000');
    await reply.arrayBuffer();
    expect(await fetched()).toBeUndefined();
  });

  it('goes on only with the bytes it began with', async () => {
    const same = await get({ range: 'bytes=10-19', 'if-range': etag() });
    expect([same.status, (await bytesOf(same)).length]).toEqual([206, 10]);
    for (const other of ['"sha256-0"', `W/${etag()}`]) {
      const reply = await get({ range: 'bytes=10-19', 'if-range': other });
      expect([reply.status, (await bytesOf(reply)).length]).toEqual([200, bytes.length]);
    }
    const known = await get({ 'if-none-match': etag() });
    expect([known.status, (await bytesOf(known)).length]).toEqual([304, 0]);
  });

  it('is described by HEAD, which fetches nothing', async () => {
    const reply = await get({ range: 'bytes=0-9' }, 'HEAD');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-length')).toBe(`${bytes.length}`);
    expect(reply.headers.get('etag')).toBe(etag());
    expect(await fetched()).toBeUndefined();
  });

  it('comes whole to a client of HTTP/1.0, with its length', async () => {
    const { port, pathname } = new URL(urlOf());
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`GET ${pathname} HTTP/1.0\r\n\r\n`));
    const reply = Buffer.concat(await socket.toArray());
    const end = reply.indexOf('\r\n\r\n');
    const head = reply.subarray(0, end).toString('latin1').toLowerCase();
    expect(head).toMatch(/^http\/1\.[01] 200 /);
    expect(head).toContain(`content-length: ${bytes.length}`);
    expect(head).not.toContain('transfer-encoding');
    expect(reply.subarray(end + 4).equals(bytes)).toBe(true);
  });

  it('in parallel parts is counted as one', async () => {
    const [parts, size] = [6, bytes.length / 6];
    const replies = await Promise.all(
      Array.from({ length: parts }, async (_, n) => {
        const range = `bytes=${n * size}-${(n + 1) * size - 1}`;
        const reply = await get({ range, 'if-range': etag() });
        expect(reply.status).toBe(206);
        return bytesOf(reply);
      }),
    );
    expect(Buffer.concat(replies).equals(bytes)).toBe(true);
    await vi.waitFor(async () => expect(await fetched()).toBe(bytes.length), { timeout: 5_000 });
    expect(await position()).toBe('download-running');
  });

  it('that is cut is noted as far as it came', async () => {
    const cut = new AbortController();
    const reply = await fetch(urlOf(), { signal: cut.signal });
    const reader = must(reply.body ?? undefined).getReader();
    await reader.read();
    cut.abort();
    await vi.waitFor(async () => expect(await fetched()).toBeGreaterThan(0), { timeout: 5_000 });
    expect(await fetched()).toBeLessThan(bytes.length);
  });
});

describe('without a ticket', () => {
  const shape = async (url: string, method = 'GET') => {
    const reply = await fetch(url, { method });
    const { date: _, ...headers } = Object.fromEntries(reply.headers);
    return { status: reply.status, headers, body: await reply.text() };
  };

  it('nothing is opened, and nothing is told of why', async () => {
    const good = mintTicket(api.context, ticket);
    const other = await fleet.world.addDevice({ protocol: 'lwm2m' });
    await fleet.world.join(campaign, [other]);
    await fleet.contact(other);
    const theirs = urlOf({ device: other.key });
    expect((await fetch(theirs, { method: 'HEAD' })).status).toBe(200);
    granted(await closeDevice(fleet.deps, fleet.operator, { campaign: campaign.id, device: other.id }, ''));
    const first = await shape(`${base}/dl/x/y`);
    expect(first).toMatchObject({ status: 404, body: 'Not found\n' });
    for (const url of [
      urlOf({ expiresAt: fleet.deps.clock() }),
      urlOf({ device: (device.key + 1_000) as DeviceKey }),
      urlOf({ generation: 99 }),
      urlOf({ packageIndex: 1 }),
      theirs,
      `${base}/dl/${good.slice(0, -2)}AA/f`,
      `${base}/dl/${good.slice(1)}/f`,
      `${base}/dl/${'A'.repeat(40)}/f`,
      `${base}/dl/%00/f`,
      `${base}/dl/${good}`,
      `${base}/dl/${good}/f/g`,
      `${base}/dl/`,
    ])
      expect(await shape(url), url).toEqual(first);
    expect(await shape(urlOf(), 'POST')).toEqual(first);
    expect((await shape(`${base}/dl/x/y`, 'HEAD')).status).toBe(404);
  });
});

describe.skipIf(!hasCurl())('curl', () => {
  const curl = async (...args: readonly string[]) => {
    const { stdout } = await run('curl', ['-sS', ...args], { encoding: 'buffer', maxBuffer: 1 << 26 });
    return stdout;
  };

  it('goes on where it was cut', async () => {
    const file = join(directory, 'part');
    await writeFile(file, bytes);
    await truncate(file, 5_000_001);
    const status = await curl('-C', '-', '-o', file, '-w', '%{http_code} %{size_download}', urlOf());
    expect(status.toString()).toBe(`206 ${bytes.length - 5_000_001}`);
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  it('fetches a part', async () => {
    expect((await curl('-r', '100-199', urlOf())).equals(bytes.subarray(100, 200))).toBe(true);
  });

  it('asks for a description', async () => {
    const head = (await curl('-I', urlOf())).toString().toLowerCase();
    expect(head).toMatch(/^http\/1\.1 200 /);
    expect(head).toContain(`content-length: ${bytes.length}`);
  });

  it('gets the bytes as they are although it would take them compressed, and over HTTP/1.0', async () => {
    expect((await curl('--compressed', urlOf())).equals(bytes)).toBe(true);
    expect((await curl('--http1.0', urlOf())).equals(bytes)).toBe(true);
  });
});
