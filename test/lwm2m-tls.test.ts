import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CoapServer } from '../src/devices/lwm2m/coap/peer.ts';
import { deviceKeys } from './support/dtls-house.ts';
import { coapOverTcp, coapOverTls, echoing } from './support/lwm2m-listeners.ts';
import { connectStream, type StreamClient } from './support/stream-client.ts';

const key = deviceKeys.get('dev1') ?? Buffer.alloc(0);
const psk = { identity: 'dev1', key };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
const open = async (server: CoapServer) => {
  const echo = echoing();
  const { port } = await server.listen(echo.handlers);
  ends.push(server.close);
  return { ...echo, port };
};
const visit = async (port: number, as?: Parameters<typeof connectStream>[1]): Promise<StreamClient> => {
  const client = await connectStream(port, as);
  ends.push(client.close);
  return client;
};

/** CSM without options; GET /a with token 01. */
const CSM = '00 e1';
const GET_A = '21 01 01 b1 61';

describe.each([
  ['TLS', coapOverTls, psk],
  ['TCP', coapOverTcp, undefined],
] as const)('CoAP over %s', (_, serve, as) => {
  const who = as?.identity;

  it('greets with its sizes, answers requests under their tokens, and pings', async () => {
    const { port } = await open(serve());
    const client = await visit(port, as);
    // Max-Message-Size 1152, Block-Wise-Transfer.
    expect(await client.next()).toEqual({ code: '7.01', token: '', rest: Buffer.from('22048020', 'hex') });
    client.send(`${CSM} ${GET_A}`);
    const answer = await client.next();
    expect([answer.code, answer.token, answer.rest.toString('latin1')]).toEqual([
      '2.05',
      '01',
      `\xff${who} GET /a 0`,
    ]);
    client.send('02 e2 abcd');
    expect(await client.next()).toMatchObject({ code: '7.03', token: 'abcd' });
  });

  it('reads messages that come byte by byte, and several at once', async () => {
    const { port, requests } = await open(serve());
    const client = await visit(port, as);
    for (const byte of `${CSM} ${GET_A}`.replaceAll(' ', '').match(/../g) ?? []) client.send(byte);
    client.send(GET_A.repeat(3));
    await expect.poll(() => requests).toHaveLength(4);
  });

  it('aborts what does not begin with a CSM', async () => {
    const { port, requests } = await open(serve());
    const client = await visit(port, as);
    await client.next();
    client.send(GET_A);
    expect((await client.next()).code).toBe('7.05');
    await client.ended;
    expect(requests).toEqual([]);
  });

  it('aborts at a critical option of a CSM that it does not know, and names it', async () => {
    const { port } = await open(serve());
    const client = await visit(port, as);
    await client.next();
    client.send('10 e1 90');
    const abort = await client.next();
    expect([abort.code, abort.rest.subarray(0, 2).toString('hex')]).toEqual(['7.05', '2109']);
    await client.ended;
  });

  it.each([
    ['a token that is too long', '09 01'],
    ['a message that is too large', 'f0 00ffffff 01'],
  ])('aborts at %s', async (__, hex) => {
    const { port } = await open(serve());
    const client = await visit(port, as);
    await client.next();
    client.send(`${CSM} ${hex}`);
    expect((await client.next()).code).toBe('7.05');
    await client.ended;
  });

  it('ends when the device says Release or Abort', async () => {
    const { port, gone } = await open(serve());
    for (const goodbye of ['00 e4', '00 e5']) {
      const client = await visit(port, as);
      client.send(`${CSM} ${goodbye}`);
      await client.ended;
    }
    await expect.poll(() => gone).toHaveLength(2);
  });

  it('says Release when it closes', async () => {
    const server = serve();
    const { port } = await open(server);
    const client = await visit(port, as);
    client.send(CSM);
    await client.next();
    await server.close();
    expect((await client.next()).code).toBe('7.04');
    await client.ended;
  });

  it('carries much in both directions at once', async () => {
    const { port, requests } = await open(serve({ unsent: 2 ** 24 }));
    const client = await visit(port, as);
    await client.next();
    const payload = '5a'.repeat(1000);
    // GET with a token of two bytes, Uri-Path a, and a payload of 1,000 bytes.
    const request = (token: number): string =>
      `e2 02de 01 ${token.toString(16).padStart(4, '0')} b161 ff ${payload}`;
    client.send(CSM);
    const tokens = Array.from({ length: 2000 }, (__, at) => at);
    for (const token of tokens) client.send(request(token));
    const answered: number[] = [];
    for (const _token of tokens) answered.push(Number.parseInt((await client.next()).token, 16));
    expect(answered.toSorted((a, b) => a - b)).toEqual(tokens);
    expect(requests).toHaveLength(2000);
  });

  it('does not wait for long for devices that do not say goodbye', async () => {
    const server = serve();
    const { port } = await open(server);
    const client = await visit(port, as);
    client.socket.pause();
    client.socket.allowHalfOpen = true;
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('cuts off who begins a message and never ends it, however slowly it goes on', async () => {
    const { port } = await open(serve({ patience: 300 }));
    const client = await visit(port, as);
    client.send(CSM);
    // A message of 200 bytes.
    client.send('d0 bb 02');
    const drip = setInterval(() => client.send('00'), 20);
    ends.push(async () => clearInterval(drip));
    await client.ended;
  });

  it('cuts off who says nothing', async () => {
    const { port } = await open(serve({ patience: 200 }));
    await (await visit(port, as)).ended;
  });

  it('says Release to a device that was quiet for too long', async () => {
    const { port } = await open(serve({ idle: 200 }));
    const client = await visit(port, as);
    client.send(CSM);
    await client.next();
    expect((await client.next()).code).toBe('7.04');
    await client.ended;
  });

  it('cuts off a device that asks much and reads nothing', async () => {
    const { port } = await open(serve({ unsent: 4096 }));
    const client = await visit(port, as);
    client.socket.pause();
    client.send(CSM);
    // Each ping is answered with its token.
    const pings = '08 e2 0102030405060708'.repeat(2000);
    const flood = setInterval(() => client.send(pings), 5);
    ends.push(async () => clearInterval(flood));
    await expect.poll(() => client.socket.destroyed, { timeout: 60_000 }).toBe(true);
  }, 90_000);
});

describe('CoAP over TLS', () => {
  it('holds a handshake until the key was found, and serves others meanwhile', async () => {
    const found = Promise.withResolvers<Uint8Array>();
    const findKey = async (identity: string) =>
      identity === 'dev2' ? found.promise : deviceKeys.get(identity);
    const { port } = await open(coapOverTls({}, findKey));
    const slow = connectStream(port, { identity: 'dev2', key: deviceKeys.get('dev2') ?? key });
    const client = await visit(port, psk);
    expect((await client.next()).code).toBe('7.01');
    found.resolve(deviceKeys.get('dev2') ?? key);
    ends.push((await slow).close);
  });

  it('tells an unknown identity and a wrong key in the same words', async () => {
    const { port } = await open(coapOverTls());
    const refused = (as: typeof psk): Promise<unknown> => connectStream(port, as).then(String, String);
    const wrong = await refused({ ...psk, key: Buffer.from('wrong') });
    expect(wrong).toMatch(/alert/);
    expect(await refused({ identity: 'nobody', key: Buffer.from('wrong') })).toBe(wrong);
  });

  it('ends a handshake that takes too long', async () => {
    const { port } = await open(coapOverTls({ handshake: 200 }));
    const socket = connect(port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    // The beginning of a record.
    socket.write(Buffer.from('160301', 'hex'));
    await ended;
  });

  it('ends what is no TLS', async () => {
    const { port } = await open(coapOverTls());
    const socket = connect(port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await ended;
  });

  it('keeps a bounded number of connections that have proven nothing', async () => {
    const { port } = await open(coapOverTls({ unproven: 3 }));
    const sockets = Array.from({ length: 10 }, () => connect(port, '127.0.0.1'));
    const hangUp = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
    };
    ends.push(hangUp);
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await expect.poll(() => sockets.filter((socket) => socket.closed)).toHaveLength(7);
    await hangUp();
    await expect
      .poll(() => connectStream(port, psk).then((client) => client.close().then(() => 'served'), String))
      .toBe('served');
  });

  it('lets so many connections of a network begin', async () => {
    const { port } = await open(coapOverTls({ rate: { perSecond: 0.001, burst: 2 } }));
    const outcome = () =>
      connectStream(port, psk).then((client) => client.close().then(() => 'served'), String);
    expect([await outcome(), await outcome()]).toEqual(['served', 'served']);
    expect(await outcome()).not.toBe('served');
  });

  it('lets a device open more connections for downloads, and closes its oldest when those are too many', async () => {
    const { port, gone } = await open(coapOverTls());
    const first = await visit(port, psk);
    await first.next();
    for (let more = 0; more < 3; more += 1) await (await visit(port, psk)).next();
    expect(gone).toEqual([]);
    const last = await visit(port, psk);
    await first.ended;
    expect(gone).toEqual(['stream 1']);
    expect((await last.next()).code).toBe('7.01');
  });

  it('cuts a device off within the hour after its key was revoked', async () => {
    const keys = new Map(deviceKeys);
    const { port } = await open(coapOverTls({ recheck: 0 }, async (identity) => keys.get(identity)));
    const client = await visit(port, psk);
    client.send(CSM);
    await client.next();
    keys.delete('dev1');
    client.send('00 e2');
    await client.ended;
  });
});
