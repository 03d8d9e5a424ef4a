import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, Reply } from '../../support/api.ts';
import { iotcp, manifestOf } from '../../support/iotcp.ts';
import { formOf } from '../../support/packages.ts';
import { zip } from '../../support/zip.ts';
import { type PulseFleet, startPulseFleet } from './gateways.ts';

const MIB = 1024 * 1024;

let fleet: PulseFleet;
let api: Api;
beforeEach(async () => {
  fleet = await startPulseFleet({
    MUSTER_BODY_LIMIT: '1k',
    MUSTER_PULSE_FORM_LIMIT: '1m',
    MUSTER_PACKAGE_LIMIT: '4m',
  });
  api = fleet.api;
});
afterEach(() => fleet.api.close());

const digest = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const post = (
  bytes: Uint8Array | string,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> =>
  api.call('POST', `/api/programs${query}`, {
    body: Buffer.from(bytes),
    headers: { 'content-type': 'application/zip', ...headers },
  });
const postForm = async (parts: Parameters<typeof formOf>[0], query = ''): Promise<Reply> =>
  api.call('POST', `/api/programs/${query}`, await formOf(parts));
const infoOf = async ({ body }: Reply) =>
  (await api.call('GET', `/api/programs/${body.uuid}/file-info`)).body;
const count = async (): Promise<string> =>
  (await api.call('GET', '/api/programs')).body.pageResponse.totalElements;

describe('an upload', () => {
  it.each([
    ['application/zip', 'application/zip'],
    ['text/plain; charset=utf-8', 'text/plain'],
    ['application/x-www-form-urlencoded', 'application/octet-stream'],
  ])('as %s is the file, byte for byte and larger than a body may be', async (type, shown) => {
    const bytes = randomBytes(2 * MIB);
    const reply = await post(bytes, '?name=big', { 'content-type': type });
    expect(reply).toMatchObject({ status: 200, body: { uuid: expect.any(String) } });
    const file = await api.call('GET', `/api/programs/${reply.body.uuid}/file`);
    expect(file.headers['content-type']).toBe(shown);
    expect(Buffer.compare(file.body, bytes)).toBe(0);
  });

  it('may say no Content-Type at all', async () => {
    const reply = await api.http.inject({
      method: 'POST',
      url: '/api/programs',
      headers: { authorization: `Bearer ${api.admin}` },
      payload: Buffer.from('firmware'),
    });
    expect(reply.statusCode).toBe(200);
    expect((await infoOf({ status: 200, headers: {}, body: reply.json() })).name).toMatch(/^package-/);
  });

  it.each([
    ['its query', '?name=a.bin', {}, 'a.bin'],
    [
      'Content-Disposition',
      '',
      { 'content-disposition': 'attachment; filename="b \\"1\\".bin"' },
      'b "1".bin',
    ],
    [
      'Content-Disposition without quotes',
      '',
      { 'content-disposition': 'attachment; filename=c.bin' },
      'c.bin',
    ],
    [
      'its extended form',
      '',
      { 'content-disposition': "attachment; filename=x; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin" },
      'größe.bin',
    ],
    [
      'a path, of which the end counts',
      '',
      { 'content-disposition': 'attachment; filename="/etc/d.bin"' },
      'd.bin',
    ],
  ])('takes its name from %s', async (_, query, headers, name) => {
    expect(await infoOf(await post('x', query, headers as Record<string, string>))).toMatchObject({ name });
  });

  it('that nobody named is named by its bytes, and is there once', async () => {
    const [first, again, other] = [await post('one'), await post('one'), await post('two')];
    const hex = digest('one').slice(0, 12);
    expect(await infoOf(first)).toMatchObject({ name: `package-${hex}`, version: hex });
    expect(again.body.uuid).toBe(first.body.uuid);
    expect(other.body.uuid).not.toBe(first.body.uuid);
    expect(await count()).toBe('2');
  });

  it('of other bytes under the same name is another package, unless the version is said too', async () => {
    const [first, other] = [await post('one', '?name=a'), await post('two', '?name=a')];
    expect(other).toMatchObject({ status: 200 });
    expect(other.body.uuid).not.toBe(first.body.uuid);
    expect((await post('three', '?name=a&version=1')).status).toBe(200);
    expect(await post('four', '?name=a&version=1')).toMatchObject({ status: 409, body: { code: 6 } });
  });

  it('of the same bytes under two names is stored once', async () => {
    const [first, other] = [await post('one', '?name=a'), await post('one', '?name=b')];
    expect(other.body.uuid).not.toBe(first.body.uuid);
    expect(await Array.fromAsync(api.context.blobs.list())).toHaveLength(1);
  });

  it.each([
    ['its query', '?description=gr%C3%B6%C3%9Fe', {}],
    ['a header in UTF-8', '', { 'x-package-description': Buffer.from('größe').toString('latin1') }],
    ['a header in Latin-1', '', { 'x-package-description': 'größe' }],
  ])('takes its description from %s', async (_, query, headers) => {
    const reply = await post('x', query, headers as Record<string, string>);
    expect(await infoOf(reply)).toMatchObject({ description: 'größe' });
  });

  it.each([
    ['a coding', '', { 'content-encoding': 'gzip' }, 'Content-Encoding'],
    ['JSON', '', { 'content-type': 'application/json; charset=utf-8' }, 'got JSON'],
    ['a name in broken percent signs', '', { 'content-disposition': "a; filename*=UTF-8''%E4" }, 'filename*'],
    ['a description of 129 characters', '', { 'x-package-description': 'x'.repeat(129) }, '128 characters'],
  ])('refuses %s and keeps nothing', async (_, query, headers, says) => {
    const reply = await post('x', query, headers as Record<string, string>);
    expect(reply).toMatchObject({ status: 400, body: { code: 3, message: expect.stringContaining(says) } });
    expect(await count()).toBe('0');
    expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
  });

  it('refuses a name that is no line', async () => {
    const reply = await post('x', '?name=a%0Ab');
    expect(reply).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('name: expected a line') },
    });
    expect(await count()).toBe('0');
  });

  it('counts characters of a description, not their units', async () => {
    expect((await post('x', `?description=${encodeURIComponent('🚒'.repeat(128))}`)).status).toBe(200);
  });

  it('refuses an archive that breaks its own format', async () => {
    const reply = await post(zip([manifestOf()]), '?name=broken');
    expect(reply).toMatchObject({
      status: 400,
      body: { code: 3, message: expect.stringContaining('archive') },
    });
    expect(await count()).toBe('0');
  });

  it('may be as large as a package may be, and no larger', async () => {
    expect((await post(Buffer.alloc(4 * MIB))).status).toBe(200);
    expect(await post(Buffer.alloc(4 * MIB + 1))).toMatchObject({ status: 413, body: { code: 8 } });
  });
});

describe('a form', () => {
  it('takes the file and what is said of it, in any order', async () => {
    const reply = await postForm([
      ['description', 'in words'],
      ['unknown', 'is passed over'],
      ['file', Buffer.from('firmware'), 'gateway.bin', 'application/x-firmware'],
      ['version', '2.0'],
    ]);
    expect(await infoOf(reply)).toMatchObject({
      name: 'gateway.bin',
      version: '2.0',
      description: 'in words',
    });
    const file = await api.call('GET', `/api/programs/${reply.body.uuid}/file`);
    expect(file.headers).toMatchObject({
      'content-type': 'application/x-firmware',
      etag: `"sha256-${digest('firmware')}"`,
      'accept-ranges': 'bytes',
    });
  });

  it.each([
    ['the JSON of the guide', '{ "description": "A" }', 'A'],
    ['JSON that says something else', '{"text":"A"}', '{"text":"A"}'],
    ['text that begins like JSON', '{A}', '{A}'],
  ])('takes %s as the description', async (_, description, expected) => {
    const reply = await postForm([
      ['description', description],
      ['file', iotcp(), 'x.iotcp'],
    ] as Parameters<typeof formOf>[0]);
    expect(await infoOf(reply)).toMatchObject({
      name: 'thermostat',
      version: '1.2.3',
      description: expected,
    });
  });

  it('that is larger than a form may be is refused, whether it says so or not', async () => {
    const { body, headers } = await formOf([['file', Buffer.alloc(MIB), 'x.bin']]);
    const said = await api.call('POST', '/api/programs', { body, headers });
    expect(said).toMatchObject({
      status: 413,
      body: { code: 8, message: expect.stringContaining('1048576') },
    });
    const unsaid = await api.http.inject({
      method: 'POST',
      url: '/api/programs',
      headers: { ...headers, authorization: `Bearer ${api.admin}`, 'transfer-encoding': 'chunked' },
      payload: Readable.from([body.subarray(0, 1000), body.subarray(1000)]),
    });
    expect([unsaid.statusCode, unsaid.json().code]).toEqual([413, 8]);
    expect(await count()).toBe('0');
    expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
  });

  it.each([
    ['a description that is too long', [['description', 'x'.repeat(129)]], '128 characters'],
    ['a description with NUL', [['description', 'a\0b']], 'NUL'],
    ['two files', [['file', Buffer.from('y'), 'b.bin']], 'several'],
  ] as const)('refuses %s and keeps nothing', async (_, parts, says) => {
    const reply = await postForm([['file', Buffer.from('x'), 'a.bin'], ...parts] as Parameters<
      typeof formOf
    >[0]);
    expect(reply).toMatchObject({ status: 400, body: { code: 3, message: expect.stringContaining(says) } });
    expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
  });
});

describe('the list of packages', () => {
  it('is paged, sorted, and found by a part of the name', async () => {
    for (const name of ['beta', 'Alpha', 'gamma']) await post(name, `?name=${name}`);
    const list = async (query: string) => (await api.call('GET', `/api/programs?${query}`)).body;
    const names = ({ programs }: { readonly programs: readonly { readonly name: string }[] }) =>
      programs.map(({ name }) => name);
    expect(names(await list('sort=name,asc'))).toEqual(['Alpha', 'beta', 'gamma']);
    expect(names(await list('name=A&sort=name,desc'))).toEqual(['gamma', 'beta', 'Alpha']);
    const second = await list('page.number=1&page.size=2');
    expect(second.pageResponse).toEqual({ totalPages: '2', totalElements: '3', page: 1, pageSize: 2 });
    expect(names(second)).toEqual(['gamma']);
  });
});

describe('a package in use', () => {
  it('is deleted once no campaign may send it', async () => {
    const id = await fleet.pack();
    const campaign = await fleet.campaign([await fleet.gateway()], { packages: [id] });
    expect(await api.call('DELETE', `/api/programs/${id}`)).toMatchObject({
      status: 400,
      body: { code: 9, message: expect.stringContaining(campaign.id) },
    });
    await campaign.put('/stop');
    expect(await api.call('DELETE', `/api/programs/${id}/`)).toMatchObject({ status: 200, body: {} });
  });
});

describe('the bytes of a package', () => {
  const file = (
    id: string,
    as: string,
    headers: Readonly<Record<string, string>> = {},
    method: 'GET' | 'HEAD' = 'GET',
  ) => api.call(method, `/api/programs/${id}/file`, { as, headers });

  it('are for a gateway while it is to fetch them, and for no other one', async () => {
    const [gateway, other] = [await fleet.gateway(), await fleet.gateway()];
    const [mine, spare] = [await fleet.pack(), await fleet.pack()];
    expect((await file(mine, gateway.token)).status).toBe(404);
    const settings = { 'ota.stepsPerPoll': '8' };
    const campaign = await fleet.campaign([gateway], { packages: [mine], settings });
    expect((await file(mine, gateway.token)).status).toBe(404);
    expect(await gateway.poll()).toMatchObject({ name: 'OTA_DOWNLOAD' });
    const whole = await file(mine, gateway.token);
    expect(whole.status).toBe(200);
    const etag = String(whole.headers['etag']);
    const rest = await file(mine, gateway.token, { range: 'bytes=10-', 'if-range': etag });
    expect([rest.status, Buffer.compare(rest.body, whole.body.subarray(10))]).toEqual([206, 0]);
    expect((await file(mine, gateway.token, { range: 'bytes=10-', 'if-range': '"other"' })).status).toBe(200);
    const head = await file(mine, gateway.token, {}, 'HEAD');
    expect([head.status, head.headers['content-length']]).toEqual([200, `${whole.body.length}`]);
    expect((await file(spare, gateway.token)).status).toBe(404);
    expect((await file(mine, other.token)).status).toBe(404);
    await campaign.put(`/devices/${gateway.id}/close`);
    expect((await file(mine, gateway.token)).status).toBe(404);
  });

  it('are not for whoever may not view packages, nor for a token of nobody', async () => {
    const id = await fleet.pack();
    for (const as of ['gateway/DEFAULT/gateway/x', 'x']) expect((await file(id, as)).status).toBe(401);
  });
});
