import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredUpdate } from '../../../src/app/records.ts';
import { digest, type Fleet, type Offered, startFleet } from './fleet.ts';

const BYTES = '0123456789'.repeat(10);
const ETAG = `"${digest('sha1', BYTES)}"`;
const MODIFIED = 'Sat, 21 Nov 2026 08:00:00 GMT';

let fleet: Fleet;
let offered: Offered;
let url = '';

const artifactOf = async ({ device, action }: Offered) =>
  (await device.ask('GET', `/deploymentBase/${action}`)).body.deployment.chunks[0].artifacts[0];

beforeEach(async () => {
  fleet = await startFleet();
  const { id } = await fleet.pack(BYTES, { fileName: 'update.swu' });
  offered = await fleet.offered({ packages: [id] });
  url = (await artifactOf(offered))._links.download.href;
});
afterEach(() => fleet.api.close());

const get = (headers: Readonly<Record<string, string>> = {}, path = url) =>
  offered.device.ask('GET', path, { headers });
const position = async (): Promise<StoredUpdate['position']> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return (await offered.campaign.update(offered.device)).position;
};

describe('an artifact', () => {
  it('G1: comes whole with the header of the protocol', async () => {
    const reply = await get({
      accept: 'application/octet-stream',
      'content-type': 'application/octet-stream',
    });
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toBe(BYTES);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '100',
      'accept-ranges': 'bytes',
      etag: ETAG,
      'last-modified': MODIFIED,
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers['content-disposition']).toMatch(/^attachment; ?filename="update\.swu"/);
  });

  it.each([
    ['bytes=0-9', 'bytes 0-9/100', 10],
    ['bytes=90-', 'bytes 90-99/100', 10],
    ['bytes=-5', 'bytes 95-99/100', 5],
    ['bytes=-500', 'bytes 0-99/100', 100],
    ['bytes=50-5000', 'bytes 50-99/100', 50],
    ['bytes=99-99', 'bytes 99-99/100', 1],
  ])('G2: comes in part for %s', async (range, contentRange, length) => {
    const reply = await get({ range });
    expect(reply.status).toBe(206);
    expect(reply.headers).toMatchObject({
      'content-range': contentRange,
      'content-length': String(length),
      etag: ETAG,
    });
    const start = Number(/\d+/.exec(contentRange)?.[0]);
    expect(reply.body.toString()).toBe(BYTES.slice(start, start + length));
  });

  it('G3: comes in several parts, sorted', async () => {
    const reply = await get({ range: 'bytes=90-94, 0-4,-2' });
    expect(reply.status).toBe(206);
    expect(reply.headers['content-type']).toBe(
      'multipart/byteranges; boundary=THIS_STRING_SEPARATES_MULTIPART',
    );
    expect(Number(reply.headers['content-length'])).toBe(reply.body.length);
    const parts = reply.body.toString().split('\r\n--THIS_STRING_SEPARATES_MULTIPART').slice(1);
    const type = 'Content-Type: application/octet-stream';
    expect(parts).toEqual([
      `\r\n${type}\r\nContent-Range: bytes 0-4/100\r\n\r\n01234`,
      `\r\n${type}\r\nContent-Range: bytes 90-94/100\r\n\r\n01234`,
      `\r\n${type}\r\nContent-Range: bytes 98-99/100\r\n\r\n89`,
      '--\r\n',
    ]);
  });

  it.each([
    ['bytes=100-'],
    ['bytes=9-0'],
    ['bytes=abc'],
    ['bytes='],
    ['bytes=-0'],
    ['bytes=0-5,3-9'],
    ['bytes=0-1,200-'],
    [`bytes=${Array.from({ length: 65 }, (_, index) => `${index}-${index}`).join()}`],
  ])('G4: is 416 for %s', async (range) => {
    const reply = await get({ range });
    expect(reply.status).toBe(416);
    expect(reply.headers['content-range']).toBe('bytes */100');
  });

  it.each([
    [ETAG, 206],
    [MODIFIED, 206],
    ['"other"', 200],
    ['Sat, 21 Nov 2026 07:00:00 GMT', 200],
  ])('G5: with If-Range %s is %i', async (ifRange, status) => {
    expect((await get({ range: 'bytes=10-', 'if-range': ifRange })).status).toBe(status);
  });

  it.each([
    [ETAG, 200],
    [ETAG.slice(1, -1), 200],
    [`"x", ${ETAG}`, 200],
    ['*', 200],
    ['"other"', 412],
  ])('G6: with If-Match %s is %i', async (ifMatch, status) => {
    expect((await get({ 'if-match': ifMatch })).status).toBe(status);
  });

  it('G7: is 404 for a device it is not offered to, 400 for no number, and 401 without a token', async () => {
    const other = await fleet.offered();
    const path = new URL(url).pathname.replace(offered.device.id, other.device.id);
    expect((await other.device.ask('GET', `http://localhost${path}`)).status).toBe(404);
    const list = path.replace(/\/[^/]*$/, '');
    expect((await other.device.ask('GET', `http://localhost${list}`)).status).toBe(404);
    expect((await get({}, '/softwaremodules/x/artifacts/update.swu')).status).toBe(400);
    expect((await get({}, url.replace('update.swu', 'other.swu'))).status).toBe(404);
    expect((await offered.device.ask('GET', url, { auth: null })).status).toBe(401);
  });

  it('G8: is 404 once the action is over, and while it is cancelled; its list stays for what is installed', async () => {
    const { device, campaign, action } = offered;
    const recall = () =>
      fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    await recall();
    expect((await get()).status).toBe(404);
    await device.say('cancelAction', action, 'rejected');
    expect((await get()).status).toBe(200);
    await device.say('deploymentBase', action, 'closed', 'success');
    expect((await get()).status).toBe(404);
    const list = await get({}, url.replace(/\/[^/]*$/, ''));
    expect(list).toMatchObject({ status: 200, body: [{ filename: 'update.swu', size: 100 }] });
  });

  it('G9: has the header of a GET for a HEAD, and no body', async () => {
    const { date: _, connection: __, ...headers } = (await get()).headers;
    const reply = await offered.device.ask('HEAD', url, { headers: { range: 'bytes=0-1' } });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject(headers);
    expect(reply.body).toHaveLength(0);
  });

  it('G10: has its MD5 sum as a line without an end', async () => {
    const reply = await get({}, `${url}.MD5SUM`);
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toBe(`${digest('md5', BYTES)}  update.swu`);
    expect(reply.headers['content-type']).toContain('text/plain');
    expect(reply.headers['content-disposition']).toContain('filename="update.swu.MD5SUM"');
  });

  it.each([
    ['my image 1.swu'],
    ['a+b.swu'],
    ['100%.swu'],
    ['Zürich 東京.swu'],
    ['what?#&=.swu'],
    ['x.MD5SUM'],
    ['..;.swu'],
    [`${'長'.repeat(196)}.swu`],
  ])('G11: is found under the name %s', async (fileName) => {
    const { id } = await fleet.pack(fileName, { fileName });
    const other = await fleet.offered({ packages: [id] });
    const { filename, _links } = await artifactOf(other);
    expect(filename).toBe(fileName);
    const reply = await other.device.ask('GET', _links['download-http'].href);
    expect(reply.body.toString()).toBe(fileName);
    const sum = await other.device.ask('GET', _links['md5sum-http'].href);
    expect(sum.body.toString()).toBe(`${digest('md5', fileName)}  ${fileName}`);
  });

  it('G12: is not throttled for 200 ranges at once, and writes nothing for them', async () => {
    const limited = await startFleet({ MUSTER_RATE_LIMIT: '60', MUSTER_LOGIN_RATE_LIMIT: '0' });
    const { id } = await limited.pack(BYTES);
    const one = await limited.offered({ packages: [id] });
    const { href } = (await artifactOf(one))._links.download;
    const before = await one.campaign.update(one.device);
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        one.device.ask('GET', href, { headers: { range: `bytes=${index % 90}-${(index % 90) + 5}` } }),
      ),
    );
    expect(replies.filter(({ status }) => status !== 206)).toEqual([]);
    expect(await one.campaign.update(one.device)).toEqual(before);
    await limited.api.close();
  });

  it('G13: goes on where it was cut, and the download is complete then', async () => {
    await get({ range: 'bytes=0-49' });
    expect(await position()).toBe('download-running');
    await get({ range: 'bytes=99-99' });
    expect(await position()).toBe('download-running');
    expect((await get({ range: 'bytes=50-' })).status).toBe(206);
    expect(await position()).toBe('download-complete');
  });

  it('makes the download complete when it came whole, but only with the last of several packages', async () => {
    const packages = [await fleet.pack('a'), await fleet.pack('b')].map(({ id }) => id);
    offered = await fleet.offered({ packages });
    const { body } = await offered.device.ask('GET', `/deploymentBase/${offered.action}`);
    const [first, second] = body.deployment.chunks.map(
      (chunk: { artifacts: [{ _links: { download: { href: string } } }] }) =>
        chunk.artifacts[0]._links.download.href,
    );
    await get({}, first);
    expect(await position()).toBe('download-running');
    await get({}, second);
    expect(await position()).toBe('download-complete');
  });
});
