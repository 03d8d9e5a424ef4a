import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { PushRequest } from '../src/app/push-ports.ts';
import type { Resolve } from '../src/push/connector.ts';
import { openPush } from '../src/push/http.ts';
import { type Certified, newCertificate } from './support/certificate.ts';
import { type Answering, answering, type Receiver, startReceiver } from './support/receiver.ts';

const inside = openPush({ allow: ['127.0.0.0/8'] });
const outside = openPush({ allow: [] });
afterAll(() => Promise.all([inside.close(), outside.close()]));

const open: Receiver[] = [];
const receiver = async (answer?: Answering, certified?: Certified): Promise<Receiver> => {
  const started = await startReceiver(answer, certified);
  open.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

const request = (url: string, given: Partial<PushRequest> = {}): PushRequest => ({
  url,
  headers: { 'content-type': 'application/json' },
  authentication: { kind: 'none' },
  body: '{"type":"ping"}',
  trust: '',
  timeout: 5_000,
  ...given,
});

describe('a message', () => {
  it('arrives as it was sent, over HTTP/1.1 by POST', async () => {
    const at = await receiver(answering(200, {}, 'thanks'));
    const body = '{"text":"Frühling 🌱"}';
    const sent = await inside.send(
      request(`${at.url}?a=b%20c`, {
        body,
        headers: { 'x-fleet': 'north', 'content-type': 'application/json' },
      }),
    );
    expect(sent).toEqual({ status: 200, answer: 'thanks', retryAfter: '', took: expect.any(Number) });
    const [message] = at.received;
    expect(message).toMatchObject({ path: '/hook?a=b%20c', body });
    expect(message?.headers).toMatchObject({ 'x-fleet': 'north', 'content-length': '25' });
  });

  it.each([
    [{ kind: 'none' } as const, undefined],
    [{ kind: 'basic', username: 'Ada', password: 'pä:ss' } as const, `Basic ${btoa('Ada:p\u00c3\u00a4:ss')}`],
    [{ kind: 'bearer', token: 'abc.def' } as const, 'Bearer abc.def'],
  ])('proves who sends it: %j', async (authentication, expected) => {
    const at = await receiver();
    await inside.send(request(at.url, { authentication }));
    expect(at.received[0]?.headers['authorization']).toBe(expected);
  });

  it('cannot have headers that would make it another request', async () => {
    const at = await receiver();
    const headers = { host: 'evil.example', 'content-length': '1', 'transfer-encoding': 'chunked', te: 'x' };
    expect(await inside.send(request(at.url, { headers }))).toMatchObject({ status: 204 });
    expect(at.received[0]?.headers).toMatchObject({ host: `127.0.0.1:${at.port}`, 'content-length': '15' });
  });

  it('that HTTP cannot carry is a problem and no exception', async () => {
    const at = await receiver();
    for (const headers of [{ 'bad name': 'x' }, { 'x-ok': 'a\r\nb: c' }]) {
      expect(await inside.send(request(at.url, { headers }))).toMatchObject({ problem: expect.any(String) });
    }
    expect(at.received).toEqual([]);
  });

  it('uses connections of those before', async () => {
    const ports = new Set<number | undefined>();
    const at = await receiver((reply) => {
      ports.add(reply.socket?.remotePort);
      reply.end('ok');
    });
    for (let n = 0; n < 20; n += 1) await inside.send(request(at.url));
    expect(at.received).toHaveLength(20);
    expect(ports.size).toBeLessThan(5);
  });
});

describe('an answer', () => {
  it.each([301, 302, 303, 307, 308])('of %i is what it is: nobody goes where it points', async (status) => {
    const other = await receiver();
    const at = await receiver(answering(status, { location: other.url }));
    expect(await inside.send(request(at.url))).toMatchObject({ status });
    expect(other.received).toEqual([]);
  });

  it.each([400, 401, 404, 410, 429, 500, 503])('of %i is told with its text', async (status) => {
    const at = await receiver(answering(status, { 'retry-after': '17' }, 'no, sorry\u0000'));
    expect(await inside.send(request(at.url))).toMatchObject({
      ...{ status, answer: 'no, sorry\ufffd', retryAfter: '17' },
    });
  });

  it('of a gigabyte is cut off after its first 1,024 bytes', async () => {
    const closed = Promise.withResolvers<number>();
    const at = await receiver((reply) => {
      const piece = Buffer.alloc(1 << 16, 'x');
      let left = 1 << 14;
      reply.writeHead(200, { 'content-length': `${left * piece.length}` });
      const fill = (): void => {
        while (left > 0 && reply.write(piece)) left -= 1;
      };
      reply.on('drain', fill).on('close', () => closed.resolve(left));
      fill();
    });
    expect(await inside.send(request(at.url))).toMatchObject({ status: 200, answer: 'x'.repeat(1_024) });
    expect(await closed.promise).toBeGreaterThan(1 << 13);
  });

  it('that never ends counts by its status once the time is over', async () => {
    const at = await receiver((reply) => {
      reply.writeHead(200);
      reply.write('and so');
    });
    const sent = await inside.send(request(at.url, { timeout: 300 }));
    expect(sent).toMatchObject({ status: 200, answer: 'and so' });
    expect(sent.took).toBeLessThan(3_000);
  });

  it('that does not come is waited for no longer than asked', async () => {
    const at = await receiver(() => undefined);
    const sent = await inside.send(request(at.url, { timeout: 300 }));
    expect(sent).toMatchObject({ problem: 'no answer within 0.3 s' });
    expect(sent.took).toBeLessThan(3_000);
  });

  it.each([
    ['nothing', '', 'the connection was closed before an answer came'],
    ['something else', 'SSH-2.0-OpenSSH_9.9\r\n', 'what came back is not an HTTP answer'],
    [
      'headers without end',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 17)}`,
      'what came back is not an HTTP answer',
    ],
  ])('that is %s is a problem', async (_, bytes, problem) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(bytes));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(await inside.send(request(`http://127.0.0.1:${port}/`))).toMatchObject({ problem });
    server.close();
  });
});

describe('a host', () => {
  it('that does not listen is a problem', async () => {
    const at = await startReceiver();
    await at.close();
    expect(await inside.send(request(at.url))).toMatchObject({ problem: 'the connection was refused' });
  });

  it.each([
    ['ENOTFOUND', 'the host name is not known'],
    ['EAI_AGAIN', 'the host name could not be looked up'],
  ])('whose name fails with %s is a problem', async (code, problem) => {
    const push = openPush({
      allow: [],
      resolve: () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code })),
    });
    expect(await push.send(request('https://hooks.example.com/'))).toMatchObject({ problem });
    await push.close();
  });

  it('whose name is never found is waited for no longer than asked', async () => {
    const push = openPush({ allow: [], resolve: () => new Promise(() => undefined) });
    const sent = await push.send(request('https://hooks.example.com/', { timeout: 200 }));
    expect(sent).toMatchObject({ problem: 'no answer within 0.2 s' });
    await push.close();
  });
});

describe('an address inside', () => {
  it('is refused in every spelling, although somebody listens there', async () => {
    const at = await receiver();
    const hosts = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'];
    const others = [
      '0',
      '127.8.8.8',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
    ];
    const local = [
      'localhost',
      'LOCALHOST',
      '[2002:7f00:1::]',
      '10.0.0.1',
      '169.254.169.254',
      '[fe80::1]',
      '[fd00::1]',
    ];
    for (const host of [...hosts, ...others, ...local]) {
      const url = new URL(`http://${host}:${at.port}/`).href;
      const sent = await outside.send(request(url));
      expect(sent, host).toMatchObject({ problem: expect.stringContaining('MUSTER_PUSH_ALLOW') });
    }
    expect(at.received).toEqual([]);
  });

  it('is refused behind a name of the outside, and not when that name is allowed', async () => {
    const at = await receiver();
    const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const url = `http://hooks.example.com:${at.port}/`;
    const push = openPush({ allow: [], resolve });
    expect(await push.send(request(url))).toMatchObject({
      problem:
        'the address 127.0.0.1 of hooks.example.com is not public; only MUSTER_PUSH_ALLOW can allow it',
    });
    const allowing = openPush({ allow: ['hooks.example.com'], resolve });
    expect(await allowing.send(request(url))).toMatchObject({ status: 204 });
    expect(at.received).toHaveLength(1);
    await Promise.all([push.close(), allowing.close()]);
  });

  it('is refused among addresses of the outside', async () => {
    const push = openPush({
      allow: [],
      resolve: async () => [
        { address: '192.0.66.1', family: 4 },
        { address: '::1', family: 6 },
      ],
    });
    expect(await push.send(request('http://hooks.example.com/'))).toMatchObject({
      problem: expect.stringContaining('the address ::1 of hooks.example.com is not public'),
    });
    await push.close();
  });

  it('is refused when a name turns to it after it was checked', async () => {
    let asked = 0;
    const push = openPush({
      allow: ['127.0.0.2'],
      // What a name points to differs from one look to the next.
      resolve: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
      },
    });
    const at = await receiver();
    // Nobody listens on 127.0.0.2, so each message needs a connection of its own.
    const url = `http://hooks.example.com:${at.port}/`;
    expect(await push.send(request(url))).toMatchObject({ problem: 'the connection was refused' });
    expect(await push.send(request(url))).toMatchObject({
      problem: expect.stringContaining('the address 127.0.0.1 of hooks.example.com is not public'),
    });
    expect([asked, at.received.length]).toEqual([2, 0]);
    await push.close();
  });
});

describe('a certificate', () => {
  const own = newCertificate({ hosts: ['127.0.0.1'] });

  it('that nobody knows is refused, and nothing is sent', async () => {
    const at = await receiver(answering(204), own);
    expect(await inside.send(request(at.url))).toMatchObject({
      problem: 'the certificate is not trusted: self-signed certificate',
    });
    expect(at.received).toEqual([]);
  });

  it('that signed itself is taken where it is trusted by name, and its host checked', async () => {
    const at = await receiver(answering(204), own);
    expect(inside.check({ url: at.url, trust: own.cert })).toEqual({ ok: true, value: at.url });
    expect(await inside.send(request(at.url, { trust: own.cert }))).toMatchObject({ status: 204 });
    const elsewhere = newCertificate({ hosts: ['other.example'] });
    const wrong = await receiver(answering(204), elsewhere);
    expect(await inside.send(request(wrong.url, { trust: elsewhere.cert }))).toMatchObject({
      problem: expect.stringContaining('the certificate is not trusted'),
    });
  });

  it('is trusted by whoever signed it, or by itself alone', async () => {
    const authority = newCertificate({ hosts: [], authority: true });
    const leaf = newCertificate({ hosts: ['127.0.0.1'], by: authority });
    const at = await receiver(answering(204), leaf);
    for (const trust of [authority.cert, leaf.cert, own.cert + authority.cert]) {
      expect(await inside.send(request(at.url, { trust }))).toMatchObject({ status: 204 });
    }
  });

  it('is not trusted because another one is', async () => {
    const at = await receiver(answering(204), own);
    const other = newCertificate({ hosts: ['127.0.0.1'] });
    expect(await inside.send(request(at.url, { trust: own.cert }))).toMatchObject({ status: 204 });
    expect(await inside.send(request(at.url, { trust: other.cert }))).toMatchObject({
      problem: expect.stringContaining('the certificate is not trusted'),
    });
  });

  it('that is over is refused', async () => {
    const past = newCertificate({ hosts: ['127.0.0.1'], until: new Date(Date.now() - 1_000) });
    const at = await receiver(answering(204), past);
    expect(await inside.send(request(at.url, { trust: past.cert }))).toMatchObject({
      problem: expect.stringContaining('the certificate is not trusted: certificate has expired'),
    });
  });

  it('is missing where no TLS is spoken', async () => {
    const at = await receiver();
    expect(await inside.send(request(at.url.replace('http:', 'https:')))).toMatchObject({
      problem: expect.stringContaining('TLS failed'),
    });
  });
});

describe('closing', () => {
  it('ends what is on its way', async () => {
    const push = openPush({ allow: ['127.0.0.1'] });
    const at = await receiver(() => undefined);
    const sending = push.send(request(at.url, { timeout: 30_000 }));
    await at.came(1);
    await push.close();
    expect(await sending).toMatchObject({ problem: expect.any(String) });
  });
});
