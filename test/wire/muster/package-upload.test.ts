import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepBytes } from '../../../src/app/package-sweep.ts';
import { openMemoryBlobs } from '../../../src/blobs/memory.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { iotcp, manifestOf } from '../../support/iotcp.ts';
import { formOf, OCTETS, upload } from '../../support/packages.ts';
import { zip } from '../../support/zip.ts';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const CAPACITY = 32 * MIB;

let api: Api;
beforeEach(async () => {
  api = await startApi(
    { blobs: openMemoryBlobs({ capacity: CAPACITY }) },
    { MUSTER_BODY_LIMIT: '1k', MUSTER_PACKAGE_LIMIT: '16m' },
  );
});
afterEach(() => api.close());

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const base64 = (text: string) => createHash('sha256').update(text).digest('base64');
const named = { name: 'tcu', version: '1.0' };
const count = async () => (await api.call('GET', '/packages')).body.items.length;

const form = async (parts: Parameters<typeof formOf>[0], path = '/packages') =>
  api.call('POST', path, await formOf(parts));

describe.each([
  ['as the body', (bytes: Buffer<ArrayBuffer>) => upload(api, bytes, named)],
  [
    'as a form, fields first',
    (bytes: Buffer<ArrayBuffer>) =>
      form([
        ['name', 'tcu'],
        ['version', '1.0'],
        ['file', bytes, 'a.bin'],
      ]),
  ],
  [
    'as a form, fields last',
    (bytes: Buffer<ArrayBuffer>) =>
      form([
        ['file', bytes, 'a.bin'],
        ['metadata', JSON.stringify(named)],
      ]),
  ],
])('bytes sent %s', (_, send) => {
  it.each([0, 1, 5 * MIB])('come back as they were: %d', async (size) => {
    const bytes = randomBytes(size);
    const sent = await send(bytes);
    expect(sent).toMatchObject({ status: 201, body: { ...named, size, sha256: sha256(bytes) } });
    const got = await api.call('GET', `/packages/${sent.body.id}/bytes`);
    expect(got.status).toBe(200);
    expect(got.headers).toMatchObject({
      'content-length': String(size),
      'content-type': 'application/octet-stream',
      etag: `"sha256-${sha256(bytes)}"`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'last-modified': 'Sat, 21 Nov 2026 08:00:00 GMT',
    });
    expect(got.headers).not.toHaveProperty('content-encoding');
    expect(Buffer.compare(got.body, bytes)).toBe(0);
  });
});

describe('what is said of an upload', () => {
  it('may be spread over query, metadata and fields; fields count most', async () => {
    const reply = await form(
      [
        ['label', 'a=1'],
        ['file', Buffer.from('x'), 'größe 温度.bin', 'application/x-firmware'],
        ['metadata', JSON.stringify({ name: 'json', description: 'd', labels: { a: '0', b: '2' } })],
        ['name', 'Größe 温度 🚀'],
      ],
      '/packages?version=7&name=query',
    );
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      ...{ name: 'Größe 温度 🚀', version: '7', description: 'd', labels: { a: '1', b: '2' } },
      ...{ fileName: 'größe 温度.bin', contentType: 'application/x-firmware' },
    });
  });

  it('takes the name from the file when there is no other', async () => {
    const reply = await upload(api, 'x', { fileName: 'tcu-2.bin', version: '2' });
    expect(reply).toMatchObject({ status: 201, body: { name: 'tcu-2.bin', kind: 'firmware' } });
  });

  it.each([
    ['no version', { name: 'x' }, 422, 'version: expected'],
    ['no name', { version: '1' }, 422, 'name: expected'],
    ['an unknown parameter', { ...named, colour: 'red' }, 400, 'colour'],
    ['an unknown kind', { ...named, kind: 'hardware' }, 400, 'kind'],
    ['a label without a name', { ...named, label: '=x' }, 400, 'label'],
    ['a SHA-256 that is none', { ...named, sha256: 'abc' }, 400, 'sha256'],
  ])('refuses %s and keeps nothing', async (_, query, status, says) => {
    const reply = await upload(api, 'x', query as Record<string, string>);
    expect(reply.status).toBe(status);
    expect(reply.body.detail).toContain(says);
    expect(await count()).toBe(0);
  });

  it.each([
    ['an unknown field', [['colour', 'red']], 'colour'],
    [
      'a field twice',
      [
        ['make', 'a'],
        ['make', 'b'],
      ],
      'make',
    ],
    ['metadata that is no JSON', [['metadata', '{"a']], 'JSON'],
    ['metadata that is no object', [['metadata', '[]']], 'object'],
    [
      'metadata twice',
      [
        ['metadata', '{}'],
        ['metadata', '{}'],
      ],
      'metadata',
    ],
    ['a number for a text', [['metadata', '{"make":5}']], 'string'],
    ['a field that is too large', [['description', 'x'.repeat(70_000)]], 'description'],
    ['no UTF-8', [['description', Buffer.from([0xff, 0xfe])]], 'UTF-8'],
    ['two files', [['file', Buffer.from('y'), 'b.bin']], 'several'],
    ['many parts', Array.from({ length: 120 }, (_, at) => ['label', `l${at}=x`]), 'parts'],
  ] as const)('refuses a form with %s and keeps nothing, not even bytes', async (_, parts, says) => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const file = ['file', Buffer.from('x'), 'a.bin'] as const;
      const [first = [], last = []] = order.map((at) => (at === 0 ? parts : [file]));
      const reply = await form([['name', 'x'], ['version', '1'], ...first, ...last] as Parameters<
        typeof formOf
      >[0]);
      expect(reply).toMatchObject({ status: 400, body: { code: 'request/malformed' } });
      expect(reply.body.detail).toContain(says);
    }
    expect(await count()).toBe(0);
    expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
  });

  it.each([
    [
      'without a file',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      'that is cut short',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="file"\r\n\r\nxxxx',
    ],
    [
      'that is cut short in a field',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nxxxx',
    ],
    ['without a boundary', 'multipart/form-data', 'x'],
    ['that is none', 'multipart/form-data; boundary=b', 'no form at all'],
    ['that is empty', 'multipart/form-data; boundary=b', ''],
  ])('refuses a form %s', async (_, type, body) => {
    const reply = await api.call('POST', '/packages', {
      body: Buffer.from(body),
      headers: { 'content-type': type },
    });
    expect(reply).toMatchObject({ status: 400, body: { code: 'request/malformed' } });
    expect(await count()).toBe(0);
  });

  it.each([
    ['a media type it does not take', { 'content-type': 'text/html' }],
    ['JSON', { 'content-type': 'application/json' }],
    ['a coding', { ...OCTETS, 'content-encoding': 'gzip' }],
  ])('refuses %s', async (_, headers) => {
    const reply = await upload(api, '{}', named, { headers });
    expect(reply).toMatchObject({ status: 415, body: { code: 'request/unsupported-media-type' } });
    expect(await count()).toBe(0);
  });

  it('needs the permission', async () => {
    const as = await newGuest(api, ['View Package', 'Edit Package', 'Delete Package']);
    expect(await upload(api, 'x', named, { as })).toMatchObject({ status: 403 });
    expect(await upload(api, 'x', named, { as: await newGuest(api, ['Create Package']) })).toMatchObject({
      status: 201,
    });
  });
});

describe('the SHA-256 that an upload names', () => {
  const right = { query: sha256('abc'), digest: base64('abc') };
  const wrong = { query: sha256('abd'), digest: base64('abd') };

  it.each([
    ['query', (of: typeof right) => upload(api, 'abc', { ...named, sha256: of.query.toUpperCase() })],
    [
      'Digest',
      (of: typeof right) => upload(api, 'abc', named, { headers: { digest: `sha-256=${of.digest}` } }),
    ],
    [
      'Repr-Digest',
      (of: typeof right) =>
        upload(api, 'abc', named, { headers: { 'repr-digest': `sha-512=:AA==:, sha-256=:${of.digest}:` } }),
    ],
    [
      'field',
      (of: typeof right) =>
        form([
          ['file', 'abc', 'a'],
          ['version', '1'],
          ['sha256', of.query],
        ]),
    ],
  ] as const)('is compared: %s', async (_, send) => {
    const refused = await send(wrong);
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(refused.body.detail).toContain(right.query);
    expect(await count()).toBe(0);
    expect((await send(right)).status).toBe(201);
  });

  it('must be one', async () => {
    const reply = await upload(api, 'abc', named, { headers: { 'repr-digest': 'sha-256=:YWJj:' } });
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid' } });
  });
});

describe('an upload that does not fit', () => {
  it('is 413 over the limit, said beforehand or not, in either form', async () => {
    const bytes = Buffer.alloc(17 * MIB);
    for (const reply of [
      await upload(api, bytes, named),
      await form([
        ['file', bytes, 'a.bin'],
        ['version', '1'],
      ]),
    ]) {
      expect(reply).toMatchObject({ status: 413, body: { code: 'too-large' } });
      expect(reply.body.detail).toContain(String(16 * MIB));
    }
    expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
  });

  it('is 507 when the storage is full, and nothing else is lost', async () => {
    const kept = [randomBytes(15 * MIB), randomBytes(15 * MIB)];
    for (const [at, bytes] of kept.entries()) await upload(api, bytes, { ...named, version: `${at}` });
    const full = await upload(api, randomBytes(15 * MIB), { ...named, version: '3' });
    expect(full).toMatchObject({ status: 507, body: { code: 'storage-full' } });
    expect(await count()).toBe(2);
    expect((await upload(api, 'small', { ...named, version: '4' })).status).toBe(201);
  });
});

describe('an .iotcp archive', () => {
  it('tells name, version, phases and kind by itself', async () => {
    const reply = await upload(api, iotcp(), {}, { headers: { 'content-type': 'application/zip' } });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      ...{ name: 'thermostat', version: '1.2.3', kind: 'software', fileName: 'thermostat-1.2.3.iotcp' },
      ...{ archive: { form: 'iotcp', headless: true, phases: ['execute', 'validate'] } },
      contentType: 'application/zip',
    });
  });

  it('gives way to what is said', async () => {
    const reply = await upload(api, iotcp(), {
      name: 'other',
      version: '9',
      kind: 'bundle',
      fileName: 'o.zip',
    });
    expect(reply.body).toMatchObject({ name: 'other', version: '9', kind: 'bundle', fileName: 'o.zip' });
  });

  it.each([
    ['has no check sums', zip([manifestOf()])],
    ['is cut short', iotcp().subarray(0, -30)],
  ])('is refused when it %s', async (_, bytes) => {
    const reply = await upload(api, bytes, named);
    expect(reply).toMatchObject({ status: 422, body: { code: 'package/corrupt' } });
    expect(await count()).toBe(0);
  });
});

describe('uploading again', () => {
  it('refuses a package that could not be told from another, whatever its bytes', async () => {
    const first = await upload(api, 'abc', named);
    for (const bytes of ['abc', 'other']) {
      const reply = await upload(api, bytes, named);
      expect(reply).toMatchObject({ status: 409, body: { code: 'already-exists' } });
      expect(reply.body.detail).toContain(first.body.id);
    }
    expect((await upload(api, 'abc', { ...named, name: 'TCU' })).status).toBe(201);
    expect((await upload(api, 'abc', { ...named, model: 'X' })).status).toBe(201);
    expect((await upload(api, 'abc', { ...named, fromVersion: '0.9' })).status).toBe(201);
  });

  it('keeps the same bytes once, for as long as any package has them', async () => {
    const first = await upload(api, 'abc', named);
    const second = await upload(api, 'abc', { ...named, version: '2.0' });
    expect(second.body.id).not.toBe(first.body.id);
    expect(await Array.fromAsync(api.context.blobs.list())).toHaveLength(1);
    await api.call('DELETE', `/packages/${first.body.id}`);
    expect((await api.call('GET', `/packages/${second.body.id}/bytes`)).body.toString()).toBe('abc');
  });

  it('answers two accounts alike, whether or not the other has the bytes', async () => {
    const first = await upload(api, 'abc', named);
    const account = await newTenant(api, 'OTHER');
    const second = await upload(api, 'abc', named, { account });
    const { id: _, ...mine } = first.body;
    expect(second).toMatchObject({ status: 201, body: mine });
    expect((await api.call('GET', '/packages', { account })).body.items).toHaveLength(1);
  });

  it('with its key gives the same answer and one package', async () => {
    const headers = { 'idempotency-key': 'k' };
    const first = await upload(api, 'abc', named, { headers });
    expect(await upload(api, 'abc', named, { headers })).toMatchObject({ status: 201, body: first.body });
    expect(
      await form([
        ['version', '1.0'],
        ['file', 'abc', 'a'],
        ['name', 'tcu'],
      ]),
    ).toMatchObject({ status: 409 });
    for (const [bytes, query] of [
      ['abd', named],
      ['abc', { ...named, make: 'Acme' }],
    ] as const) {
      const other = await upload(api, bytes, query, { headers });
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency/reused' } });
    }
    expect(await count()).toBe(1);
  });

  it('many at once with one key makes one package', async () => {
    const headers = { 'idempotency-key': 'race' };
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => upload(api, 'abc', named, { headers })),
    );
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect(await count()).toBe(1);
  });
});

describe('a file name from outside', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\boot.ini', 'boot.ini'],
    ['a\u0000b', 'ab'],
    ['a"; filename="b', 'a"; filename="b'],
    ['x\u202efdp.bin', 'xfdp.bin'],
    ['CON', '_CON'],
    [`${'n'.repeat(4000)}.bin`, `${'n'.repeat(196)}.bin`],
    ['..', 'tcu-1.0.bin'],
  ])('%j is harmless', async (given, kept) => {
    const raw = await upload(api, 'abc', { ...named, fileName: given });
    expect(raw).toMatchObject({ status: 201, body: { fileName: kept } });
    const { headers } = await api.call('GET', `/packages/${raw.body.id}/bytes`);
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="[^"\\/]*"; filename\*=UTF-8''[\w.%~!-]*$/,
    );
  });

  it('is as harmless in a form', async () => {
    const reply = await form([
      ['file', 'abc', '../../x/é\r\n.bin'],
      ['version', '1'],
    ]);
    expect(reply).toMatchObject({ status: 201 });
    expect(reply.body.fileName).not.toMatch(/[/\\\r\n]/);
  });
});

describe('bytes that no package has', () => {
  it('are swept after an hour, those of a package never', async () => {
    // Its token does not expire, however far the clock of the test is from that of the files.
    const as = await newGuest(api, ['View Package', 'Create Package', 'Delete Package']);
    api.pass(Date.now() - api.context.clock());
    const kept = await upload(api, 'abc', named, { as });
    const again = await upload(api, 'abc', { ...named, version: '2.0' }, { as });
    expect((await upload(api, zip([manifestOf()]), { ...named, version: '3.0' }, { as })).status).toBe(422);
    const left = async () => (await Array.fromAsync(api.context.blobs.list())).length;
    expect(await sweepBytes(api.context)).toBe(0);
    expect(await left()).toBe(2);
    api.pass(2 * HOUR);
    await api.call('DELETE', `/packages/${kept.body.id}`, { as });
    expect(await sweepBytes(api.context)).toBe(1);
    const bytes = await api.call('GET', `/packages/${again.body.id}/bytes`, { as });
    expect(bytes.body.toString()).toBe('abc');
    await api.call('DELETE', `/packages/${again.body.id}`, { as });
    expect(await sweepBytes(api.context)).toBe(1);
    expect(await left()).toBe(0);
  });
});
