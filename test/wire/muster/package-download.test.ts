import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { upload } from '../../support/packages.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('a download', () => {
  const text = '0123456789';
  let path = '';
  const etag = `"sha256-${sha256(text)}"`;
  beforeEach(async () => {
    path = `/packages/${(await upload(api, text, { name: 'tcu', version: '1.0' })).body.id}/bytes`;
  });

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('of %s is a part', async (range, expected, contentRange) => {
    const reply = await api.call('GET', path, { headers: { range } });
    expect(reply.status).toBe(206);
    expect(reply.headers).toMatchObject({
      'content-range': contentRange,
      'content-length': String(expected.length),
      etag,
    });
    expect(reply.body.toString()).toBe(expected);
  });

  it.each([
    [{ range: 'bytes=0-1,3-4' }],
    [{ range: 'lines=1-2' }],
    [{ range: 'bytes=0-3', 'if-range': '"other"' }],
    [{ range: 'bytes=0-3', 'if-range': `W/${etag}` }],
    [{ range: 'bytes=99-', 'if-range': 'Sat, 21 Nov 2026 07:00:00 GMT' }],
    [{ 'if-none-match': '"other"' }],
  ])('with %o is whole', async (headers) => {
    const reply = await api.call('GET', path, { headers });
    expect(reply.status).toBe(200);
    expect(reply.headers).not.toHaveProperty('content-range');
    expect(reply.body.toString()).toBe(text);
  });

  it.each([[etag], ['Sat, 21 Nov 2026 08:00:00 GMT']])('goes on when If-Range is %s', async (ifRange) => {
    const reply = await api.call('GET', path, { headers: { range: 'bytes=5-', 'if-range': ifRange } });
    expect(reply).toMatchObject({ status: 206 });
    expect(reply.body.toString()).toBe('56789');
  });

  it('of a range beyond the end is 416 and says the size', async () => {
    const reply = await api.call('GET', path, { headers: { range: 'bytes=10-' } });
    expect(reply).toMatchObject({ status: 416, body: { code: 'request/range-not-satisfiable' } });
    expect(reply.headers).toMatchObject({ 'content-range': 'bytes */10' });
    expect(reply.headers).not.toHaveProperty('etag');
  });

  it.each(['GET', 'HEAD'] as const)('that is known already is 304 to a %s', async (method) => {
    const reply = await api.call(method, path, {
      headers: { 'if-none-match': `"x", ${etag}`, range: 'bytes=0-1' },
    });
    expect(reply.status).toBe(304);
    expect(reply.headers).toMatchObject({ etag });
    expect(reply.body).toHaveLength(0);
  });

  it('has the header of a GET for a HEAD, and no body', async () => {
    const { date: _, ...header } = (await api.call('GET', path)).headers;
    const reply = await api.call('HEAD', path, { headers: { range: 'bytes=0-1' } });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject(header);
    expect(reply.body).toHaveLength(0);
  });

  it('fails rather than to come short when bytes are lost', async () => {
    await api.context.blobs.remove(sha256(text));
    expect(await api.call('GET', path)).toMatchObject({ status: 500, body: { code: 'server/failed' } });
  });
});
