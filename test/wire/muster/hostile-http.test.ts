import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../../src/wire/muster/common.ts';
import { type Api, startApi } from '../../support/api.ts';
import { type RawReply, sendRaw } from '../../support/raw-http.ts';
import { takes } from '../../support/sample-body.ts';

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi();
  port = Number(new URL(await api.http.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(() => api.close());

const request = (line: string, ...headers: readonly string[]): string =>
  [line, 'Host: muster.example', `Authorization: Bearer ${api.admin}`, ...headers, '', ''].join('\r\n');
const create = (...headers: readonly string[]): string =>
  request('POST /api/v1/queries HTTP/1.1', 'Content-Type: application/json', ...headers);
const text = '{"name":"hostile","expression":""}';

const queries = async (): Promise<number> => (await api.call('GET', '/queries')).body.items.length;

/** One answer, a problem document that gives nothing away, and the connection is closed. */
const expectRefused = (reply: RawReply, status = 400): void => {
  expect(reply.closed).toBe(true);
  expect(reply.statuses).toEqual([status]);
  const [head = '', body = ''] = reply.text.split('\r\n\r\n');
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(head.toLowerCase()).toContain('connection: close');
  const problem = JSON.parse(body);
  expect(takes(Problem, problem), body).toBe(true);
  expect(problem.status).toBe(status);
  expect(body).not.toMatch(/node_modules|\.ts:|at .*\(/);
};

describe('a request that two servers could read in two ways', () => {
  it.each([
    ['a length and chunks', [`Content-Length: ${text.length}`, 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['two lengths', ['Content-Length: 4', `Content-Length: ${text.length}`]],
    ['two lengths in one header', [`Content-Length: 4, ${text.length}`]],
    ['a length that is no number', ['Content-Length: four']],
    ['a negative length', ['Content-Length: -1']],
    ['a length with a sign', [`Content-Length: +${text.length}`]],
    ['a length in hexadecimal', ['Content-Length: 0x10']],
    ['a length beyond all numbers', [`Content-Length: ${'9'.repeat(30)}`]],
    ['a coding that is no framing', ['Transfer-Encoding: identity, gzip']],
    ['chunks that are not the last coding', ['Transfer-Encoding: chunked, gzip']],
    ['a blank before the colon', ['Transfer-Encoding : chunked']],
    ['a header that goes on in the next line', ['X-A: a', ' Transfer-Encoding: chunked']],
  ])('is refused with %s', async (_, headers) => {
    const before = await queries();
    const chunked = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    expectRefused(await sendRaw(port, create(...headers), chunked));
    expect(await queries()).toBe(before);
  });

  it('is refused before a second request behind it is looked at', async () => {
    const before = await queries();
    const hidden = create(`Content-Length: ${text.length}`) + text;
    const framed = create('Content-Length: 5', 'Transfer-Encoding: chunked');
    expectRefused(await sendRaw(port, framed, '0\r\n\r\n', hidden));
    expect(await queries()).toBe(before);
  });
});

describe('chunks', () => {
  const chunked = () => create('Transfer-Encoding: chunked');

  it('are taken when they are right', async () => {
    const before = await queries();
    const whole = request(
      'POST /api/v1/queries HTTP/1.1',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      'Connection: close',
    );
    const { statuses } = await sendRaw(port, whole, `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`);
    expect(statuses).toEqual([201]);
    expect(await queries()).toBe(before + 1);
  });

  it.each([
    ['a size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['a negative size', '-5\r\nabc\r\n0\r\n\r\n'],
    ['more bytes than their size', '3\r\nabcdef\r\n0\r\n\r\n'],
    ['a size beyond all numbers', `${'f'.repeat(20)}\r\nabc\r\n0\r\n\r\n`],
    ['a bare line feed', '3\nabc\n0\n\n'],
  ])('are refused with %s', async (_, body) => {
    const before = await queries();
    expectRefused(await sendRaw(port, chunked(), body));
    expect(await queries()).toBe(before);
  });

  it('are refused above the limit, however many there are', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const reply = await sendRaw(port, chunked(), ...Array.from({ length: 17 }, () => chunk));
    expectRefused(reply, 413);
  });
});

describe('headers', () => {
  it.each([
    ['a bare carriage return', 'X-A: a\rSet-Cookie: b'],
    ['a bare line feed', 'X-A: a\nX-B: b'],
    ['a NUL', 'X-A: a\u0000b'],
    ['a name with blanks', 'X A: a'],
    ['no name', ': a'],
    ['no colon', 'nonsense'],
    ['a control character', 'X-A: a\u0001b'],
  ])('are refused with %s', async (_, header) => {
    expectRefused(await sendRaw(port, request('GET /api/v1/queries HTTP/1.1', header)));
  });

  it('are refused with 431 when they are too large', async () => {
    const reply = await sendRaw(port, request('GET /api/v1/queries HTTP/1.1', `X-A: ${'a'.repeat(20_000)}`));
    expectRefused(reply, 431);
    const long = await sendRaw(port, request(`GET /api/v1/queries?${'a'.repeat(20_000)} HTTP/1.1`));
    expectRefused(long, 431);
  });

  it('cannot be written by what a request says', async () => {
    const { text: reply } = await sendRaw(
      port,
      request('GET /api/v1/queries/a%0d%0aSet-Cookie:%20a=b HTTP/1.1', 'Connection: close'),
    );
    expect(reply).toMatch(/^HTTP\/1\.1 40[04]/);
    expect(reply).not.toMatch(/^Set-Cookie/im);
  });
});

describe('what is no request', () => {
  it.each([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['zeros', '\u0000\u0000\u0000\u0000\r\n\r\n'],
    ['a greeting in TLS', Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03])],
    ['version 9', 'GET /api/v1/queries HTTP/9.9\r\n\r\n'],
    ['version 1.0 and nonsense', 'GET /api/v1/queries HTTP/1.0junk\r\nfoo\r\n\r\n'],
    ['a method nobody knows', 'GIMME /api/v1/queries HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a reply', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('is refused: %s', async (_, bytes) => {
    expectRefused(await sendRaw(port, bytes));
  });

  it('is refused without a host', async () => {
    const { statuses, closed } = await sendRaw(port, 'GET /api/v1/queries HTTP/1.1\r\n\r\n');
    expect([statuses, closed]).toEqual([[400], true]);
  });

  it('is answered in HTTP/0.9 or 1.0, and the connection closed', async () => {
    for (const version of ['', ' HTTP/1.0']) {
      const { statuses, closed } = await sendRaw(port, `GET /api/v1/session${version}\r\n\r\n`);
      expect([statuses, closed]).toEqual([[401], true]);
    }
  });

  it.each(['TRACE', 'PROPFIND', 'OPTIONS', 'CONNECT'])('is not found with the method %s', async (method) => {
    const target = method === 'CONNECT' ? 'example.com:443' : '/api/v1/queries';
    const { statuses } = await sendRaw(port, request(`${method} ${target} HTTP/1.1`, 'Connection: close'));
    expect(statuses).toEqual(method === 'CONNECT' ? [] : [404]);
  });

  it('is refused with a target that is no path of this server', async () => {
    for (const target of ['http://other.example/elsewhere', '*', 'api/v1/queries', '/%']) {
      const { text: reply } = await sendRaw(port, request(`GET ${target} HTTP/1.1`, 'Connection: close'));
      expect(reply, target).toMatch(/^HTTP\/1\.1 (400|404)/);
      expect(reply, target).toContain('application/problem+json');
    }
  });
});

describe('an error while an answer is under way', () => {
  it('is not written into that answer', async () => {
    const good = request('GET /api/v1/session HTTP/1.1');
    const { text: reply, closed } = await sendRaw(port, good, 'nonsense\r\n\r\n');
    expect(closed).toBe(true);
    const bodies = reply.split(/(?=HTTP\/1\.1 \d{3})/).map((answer) => answer.split('\r\n\r\n')[1] ?? '');
    for (const body of bodies) expect(() => JSON.parse(body)).not.toThrow();
  });
});
