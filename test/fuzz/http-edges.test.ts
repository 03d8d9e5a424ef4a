import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { noteFigure } from '../support/figures.ts';
import { createMutator } from '../support/mutator.ts';

/** The same on every wire: what is looked at here happens before any of them is asked. */
const paths = [
  '/api/v1/session',
  '/api/campaigns',
  '/api/fota/v2/campaigns/DEFAULT',
  '/DEFAULT/controller/v1/gw-1',
  '/dm/DEFAULT',
  '/dl/nothing',
  '/',
];
const SEED = 20_261_122;
const MUTATED = 4_000;

let api: Api;
let port: number;
let asked = 0;
let failures = 0;

beforeAll(async () => {
  api = await startApi({}, { MUSTER_REQUEST_TIMEOUT: '1s' });
  port = Number(new URL(await api.http.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(async () => {
  await api.close();
  await noteFigure({
    ...{ id: 'R-29', seed: SEED, pass: failures === 0 && asked > 0 },
    result: `${failures} failures in ${asked.toLocaleString('en')} hostile connections`,
    command: 'vitest run test/fuzz/http-edges.test.ts',
  });
});

type Talk = {
  readonly parts: readonly (string | Uint8Array)[];
  readonly ends?: true;
  readonly patience?: number;
};

/** Of all answers in it: a body without a line feed at its end has the next answer behind it. */
const statusesIn = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** Sends bytes as they are and hears what comes until the other side closes, or nothing more is to be waited for. */
const talk = async ({ parts, ends, patience = 5_000 }: Talk): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const heard: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => heard.push(bytes));
  // A reset is an answer too.
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.destroy(), patience);
  const closed = once(socket, 'close');
  socket.on('end', () => socket.destroy());
  for (const part of parts) socket.write(part);
  if (ends) socket.end();
  await closed;
  clearTimeout(timer);
  asked += 1;
  const text = Buffer.concat(heard).toString('latin1');
  if (statusesIn(text).some((status) => status >= 500)) failures += 1;
  return text;
};

const request = (line: string, ...headers: readonly string[]): string =>
  [line, 'Host: muster.example', ...headers, '', ''].join('\r\n');
const last = 'Connection: close';

/** Answered, and not by a failure; whatever came, the next one is served. */
const isServed = async (): Promise<boolean> => {
  const statuses = statusesIn(await talk({ parts: [request('GET /api/v1/session HTTP/1.1', last)] }));
  return statuses.length === 1 && statuses[0] === 401;
};

describe.each(paths)('a request for %s', (path) => {
  const refused = async (...parts: Talk['parts']): Promise<readonly number[]> => {
    const statuses = statusesIn(await talk({ parts }));
    expect(statuses.length).toBeGreaterThan(0);
    for (const status of statuses)
      expect([400, 401, 403, 404, 405, 413, 414, 415, 417, 431]).toContain(status);
    return statuses;
  };

  it('with 100,000 headers is refused', async () => {
    const headers = Array.from({ length: 100_000 }, (_, at) => `X-${at}: a`).join('\r\n');
    expect(await refused(`GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`)).toEqual([431]);
  });

  it('with a line of a megabyte is refused', async () => {
    expect(await refused(request(`GET ${path}?${'a'.repeat(1 << 20)} HTTP/1.1`, last))).toEqual([431]);
  });

  it.each([
    ['path', Buffer.from(`GET ${path}/\xff\xfe\xc0\xaf HTTP/1.1\r\nHost: a\r\n${last}\r\n\r\n`, 'latin1')],
    [
      'query',
      Buffer.from(
        `GET ${path}?a=\xff\xc3\x28&\xed\xa0\x80=b HTTP/1.1\r\nHost: a\r\n${last}\r\n\r\n`,
        'latin1',
      ),
    ],
    [
      'header',
      Buffer.from(
        `GET ${path} HTTP/1.1\r\nHost: a\r\nX-A: \xff\xfe\xc0\r\nAuthorization: Bearer \xff\xc3\r\n${last}\r\n\r\n`,
        'latin1',
      ),
    ],
    [
      'cookie',
      Buffer.from(
        `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: muster_session=\xff\xfe; a=%ff\r\n${last}\r\n\r\n`,
        'latin1',
      ),
    ],
  ])('with bytes in its %s that are no UTF-8 is answered', async (_, bytes) => {
    await talk({ parts: [bytes] }).then((text) => expect(statusesIn(text)).toHaveLength(1));
  });

  it('in absolute form is answered as in its usual one', async () => {
    const [usual, absolute] = await Promise.all(
      [path, `http://muster.example${path}`].map((target) =>
        talk({ parts: [request(`GET ${target} HTTP/1.1`, last)] }),
      ),
    );
    expect(statusesIn(usual ?? '')).toHaveLength(1);
    expect(statusesIn(absolute ?? '')).toEqual(statusesIn(usual ?? ''));
  });

  it('that expects to be told to go on is told, or refused', async () => {
    const body = '{"a":1}';
    const headers = ['Content-Type: application/json', `Content-Length: ${body.length}`, last];
    await refused100(request(`POST ${path} HTTP/1.1`, 'Expect: 100-continue', ...headers), body);
    await refused(request(`POST ${path} HTTP/1.1`, 'Expect: a-miracle', ...headers), body);
  });
  const refused100 = async (...parts: Talk['parts']): Promise<void> => {
    const statuses = statusesIn(await talk({ parts }));
    expect(statuses.at(-1)).toBeGreaterThanOrEqual(400);
    expect(statuses.slice(0, -1)).toEqual(statuses.length === 1 ? [] : [100]);
  };

  it('whose chunks have extensions and trailers is answered', async () => {
    const head = request(
      `POST ${path} HTTP/1.1`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      last,
    );
    await refused(head, '7;name=value;x="y z"\r\n{"a":1}\r\n0;end\r\nX-Trailer: a\r\n\r\n');
    const long = await talk({ parts: [head, `7;${'x'.repeat(200_000)}\r\n{"a":1}\r\n0\r\n\r\n`] });
    expect(statusesIn(long)).not.toEqual([]);
    expect(statusesIn(long).every((status) => status >= 400 && status < 500)).toBe(true);
  });

  it('that is followed by silence from a side that said it was all is answered', async () => {
    const text = await talk({ parts: [request(`GET ${path} HTTP/1.1`)], ends: true });
    expect(statusesIn(text)).toHaveLength(1);
  });

  it('of which five hundred come at once is answered as often, in order', async () => {
    const many = request(`GET ${path} HTTP/1.1`).repeat(499) + request(`GET ${path} HTTP/1.1`, last);
    const statuses = statusesIn(await talk({ parts: [many], patience: 20_000 }));
    expect(statuses).toHaveLength(500);
    expect(new Set(statuses).size).toBe(1);
  });
});

describe('connections that take their time', () => {
  it('hold up nobody: two hundred that never finish their headers are told so and closed', async () => {
    const drip = async (index: number): Promise<string> =>
      talk({ parts: [`GET /api/v1/session HTTP/1.1\r\nHost: a\r\nX-${index}: `], patience: 30_000 });
    const slow = Array.from({ length: 200 }, (_, index) => drip(index));
    expect(await isServed()).toBe(true);
    const told = await Promise.all(slow);
    expect(new Set(told.flatMap(statusesIn))).toEqual(new Set([408]));
    expect(await isServed()).toBe(true);
  }, 60_000);

  it('are dropped when they say nothing at all', async () => {
    const text = await talk({ parts: [], patience: 30_000 });
    expect(statusesIn(text)).toEqual([408]);
  }, 40_000);
});

describe('requests with a few bytes changed', () => {
  it('are answered or dropped, never by a failure, and the next is served', async () => {
    const json = '{"email":"ada@example.com","password":"correct horse"}';
    const seeds = [
      request(
        'POST /api/v1/queries HTTP/1.1',
        'Content-Type: application/json',
        `Content-Length: ${json.length}`,
      ) + json,
      request('GET /api/v1/devices?limit=5&text=a%20b HTTP/1.1', `Authorization: Bearer ${api.admin}`),
      request(
        'PUT /api/campaigns/a/start HTTP/1.1',
        'Accept: application/json; version=1',
        'Content-Length: 0',
      ),
      `${request(
        'POST /api/ts/v1/oauth2/token HTTP/1.1',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 29',
      )}grant_type=client_credentials`,
      request(
        'GET /DEFAULT/controller/v1/gw-1 HTTP/1.1',
        'Authorization: GatewayToken abc',
        'Accept: application/hal+json',
      ),
      `${request(
        'POST /DEFAULT/controller/v1/gw-1/deploymentBase/1/feedback HTTP/1.1',
        'Transfer-Encoding: chunked',
      )}5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`,
    ].map((text) => Buffer.from(text, 'latin1'));
    const mutated = createMutator(seeds, SEED);
    const inputs = Array.from({ length: MUTATED }, () => Buffer.from(mutated())).values();
    const work = async (): Promise<void> => {
      for (const bytes of inputs) await talk({ parts: [bytes], ends: true, patience: 10_000 });
    };
    await Promise.all(Array.from({ length: 32 }, work));
    expect(failures).toBe(0);
    expect(await isServed()).toBe(true);
  }, 90_000);
});
