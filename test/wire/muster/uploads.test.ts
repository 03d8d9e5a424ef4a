import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryBlobs } from '../../../src/blobs/memory.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newTenant } from '../../support/guests.ts';
import { OCTETS } from '../../support/packages.ts';

const MIB = 1024 * 1024;
const MINUTE = 60_000;

let api: Api;
beforeEach(async () => {
  api = await startApi({ blobs: openMemoryBlobs({ capacity: 8 * MIB }) }, { MUSTER_PACKAGE_LIMIT: '16m' });
});
afterEach(() => api.close());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const named = { name: 'tcu', version: '1.0' };

const begin = async (size: number): Promise<string> => {
  const reply = await api.call('POST', '/uploads', { body: { size } });
  expect(reply.status).toBe(201);
  return reply.body.id;
};
const append = (id: string, offset: number, body: Uint8Array) =>
  api.call('PATCH', `/uploads/${id}?offset=${offset}`, { body, headers: OCTETS });
const finish = (id: string, body: object = named) => api.call('POST', `/uploads/${id}/package`, { body });
const look = (id: string) => api.call('GET', `/uploads/${id}`);

describe('an upload in pieces', () => {
  it('becomes the package that one request would have made', async () => {
    const bytes = randomBytes(3 * MIB + 7);
    const id = await begin(bytes.length);
    const cuts = [0, 1, MIB, 3 * MIB, bytes.length];
    for (const [n, cut] of cuts.slice(1).entries()) {
      const from = cuts[n] ?? 0;
      const sent = await append(id, from, bytes.subarray(from, cut));
      expect(sent).toMatchObject({ status: 200, body: { id, size: bytes.length, offset: cut } });
    }
    const made = await finish(id, { ...named, sha256: sha256(bytes), labels: { branch: 'main' } });
    expect(made).toMatchObject({
      status: 201,
      body: { ...named, size: bytes.length, sha256: sha256(bytes), labels: { branch: 'main' } },
    });
    const got = await api.call('GET', `/packages/${made.body.id}/bytes`);
    expect(Buffer.compare(got.body, bytes)).toBe(0);
    expect((await finish(id)).body.id).toBe(made.body.id);
  });

  it('may be of nothing', async () => {
    expect((await finish(await begin(0))).body).toMatchObject({ size: 0 });
  });

  it('goes on only where it is', async () => {
    const id = await begin(10);
    await append(id, 0, randomBytes(4));
    const wrong = await append(id, 3, randomBytes(4));
    expect(wrong).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ at: '/offset' }] } });
    expect((await look(id)).body.offset).toBe(4);
    expect(await finish(id)).toMatchObject({ status: 422, body: { errors: [{ at: '/size' }] } });
    await append(id, 4, randomBytes(6));
    expect((await finish(id)).status).toBe(201);
  });

  it('keeps its bytes when what was said of them is refused', async () => {
    await finish(await begin(0));
    const id = await begin(2);
    await append(id, 0, randomBytes(2));
    expect((await finish(id, {})).body.errors).toMatchObject([{ at: '/name' }]);
    expect((await finish(id, { ...named, sha256: '0'.repeat(64) })).body.errors).toMatchObject([
      { at: '/sha256' },
    ]);
    expect((await finish(id)).body.code).toBe('already-exists');
    expect((await finish(id, { ...named, version: '2' })).status).toBe(201);
  });

  it('is refused where it is too large, announced or not, and where there is no space', async () => {
    expect((await api.call('POST', '/uploads', { body: { size: 17 * MIB } })).status).toBe(413);
    const id = await begin(4);
    expect((await append(id, 0, randomBytes(5))).body.code).toBe('too-large');
    expect((await look(id)).status).toBe(404);
    const large = await begin(9 * MIB);
    expect((await append(large, 0, randomBytes(9 * MIB))).body.code).toBe('storage-full');
  });

  it('is forgotten an hour after the last piece, or when it is given up', async () => {
    const id = await begin(10);
    api.pass(59 * MINUTE);
    await append(id, 0, randomBytes(1));
    api.pass(59 * MINUTE);
    expect((await look(id)).body.expiresAt).toBe('2026-11-21T09:59:00.000Z');
    api.pass(MINUTE);
    expect((await look(id)).status).toBe(404);
    const other = await begin(10);
    expect((await api.call('DELETE', `/uploads/${other}`)).status).toBe(204);
    expect((await append(other, 0, randomBytes(1))).status).toBe(404);
  });

  it('is one of sixteen that an account has at most, and of no other account', async () => {
    const ids = await Promise.all(Array.from({ length: 16 }, () => begin(1)));
    const more = await api.call('POST', '/uploads', { body: { size: 1 } });
    expect(more).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    const account = await newTenant(api, 'other');
    expect((await api.call('GET', `/uploads/${ids[0]}`, { account })).status).toBe(404);
    await api.call('DELETE', `/uploads/${ids[0]}`);
    await begin(1);
  });
});
