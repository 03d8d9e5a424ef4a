import { once } from 'node:events';
import { dtls } from 'node-dtls-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { SecureDatagram } from '../src/devices/lwm2m/transport.ts';
import { createUdp } from '../src/devices/lwm2m/udp.ts';
import { deviceKeys } from './support/dtls-house.ts';
import { hasDtlsPeers, openssl, type Peer, startPeer } from './support/dtls-peers.ts';
import { coapOverDtls, echoing, realDtls } from './support/lwm2m-listeners.ts';

const key = deviceKeys.get('dev1') ?? Buffer.alloc(0);
const hexKey = Buffer.from(key).toString('hex');
const wrongKey = Buffer.from('the wrong key!!!');

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const run = (program: string, arguments_: readonly string[]): Peer => {
  const peer = startPeer(program, arguments_);
  ends.push(peer.stop);
  return peer;
};

/** Whether a datagram begins with a ClientHello that is not whole (RFC 6347 4.2.2). */
const isPieceOfHello = (datagram: Uint8Array): boolean => {
  const bytes = Buffer.from(datagram);
  return bytes[0] === 22 && bytes[13] === 1 && bytes.readUIntBE(14, 3) !== bytes.readUIntBE(22, 3);
};

const priorityOf = (cipher: string): string =>
  `NONE:+VERS-DTLS1.2:+PSK:+${cipher}:+AEAD:+COMP-NULL:+SIGN-ALL`;

/** A network that loses the first datagram of each kind, in either direction: named after its first message. */
const losingOnce = (below: SecureDatagram) => {
  const lost = new Set<string>();
  const isLost = (way: string, datagram: Uint8Array): boolean => {
    // Handshake messages by their type, ChangeCipherSpec and data by that of their record.
    const name = `${way} ${datagram[0] === 22 ? datagram[13] : `record ${datagram[0]}`}`;
    if (lost.has(name) || datagram[0] === 23) return false;
    lost.add(name);
    return true;
  };
  const transport: SecureDatagram = {
    ...below,
    listen: (events) =>
      below.listen({
        ...events,
        message: (from, datagram) => {
          if (!isLost('from', datagram)) events.message(from, datagram);
        },
      }),
    send: (to, datagram) => {
      if (!isLost('to', datagram)) below.send(to, datagram);
    },
  };
  return { transport, lost: () => [...lost] };
};

/** A server that sends every message back with its identity before it. */
const openEcho = async (transport: SecureDatagram = realDtls()) => {
  const gone: string[] = [];
  const at = await transport.listen({
    message: (from, datagram) =>
      transport.send(from, Buffer.concat([Buffer.from(`${from.identity}: `), datagram])),
    gone: (one) => gone.push(one),
  });
  ends.push(transport.close);
  return { ...at, gone };
};

describe.skipIf(!hasDtlsPeers())('stock clients of DTLS', () => {
  it.each(['PSK-AES128-CCM8', 'PSK-AES128-CCM', 'PSK-AES128-GCM-SHA256'])(
    'openssl talks with %s',
    async (cipher) => {
      const { port, gone } = await openEcho();
      const client = run('openssl', openssl('-dtls1_2', port, { identity: 'dev1', key, cipher }));
      await client.until(/Extended master secret: yes/);
      client.say('hello\n');
      await client.until(/dev1: hello/);
      client.say('Q\n');
      await client.ended;
      await expect.poll(() => gone).toHaveLength(1);
    },
  );

  it('openssl talks when its hello needs several datagrams', async () => {
    const udp = createUdp('127.0.0.1', 0);
    let pieces = 0;
    const counting: SecureDatagram = {
      ...udp,
      listen: (events) =>
        udp.listen({
          ...events,
          message: (from, datagram) => {
            if (isPieceOfHello(datagram)) pieces += 1;
            events.message(from, datagram);
          },
        }),
    };
    const { port } = await openEcho(realDtls(counting));
    // Many suites make it long, and the link carries little.
    const psk = { identity: 'dev1', key, cipher: 'ALL:PSK' };
    const client = run('openssl', openssl('-dtls1_2', port, psk, '-mtu', '256'));
    await client.until(/Extended master secret: yes/);
    client.say('hello\n');
    await client.until(/dev1: hello/);
    expect(pieces).toBeGreaterThan(2);
  });

  it('openssl and gnutls-cli shake hands where each flight is lost once', async () => {
    const talk = async (start: (port: number) => Peer, ready: RegExp): Promise<readonly string[]> => {
      const { transport, lost } = losingOnce(createUdp('127.0.0.1', 0));
      const { port } = await openEcho(realDtls(transport));
      const client = start(port);
      await client.until(ready);
      client.say('hello\n');
      await client.until(/dev1: hello/);
      return lost();
    };
    const cipher = 'PSK-AES128-CCM8';
    const gnutls = ['--pskusername', 'dev1', '--pskkey', hexKey, '--priority', priorityOf('AES-128-CCM-8')];
    const lost = await Promise.all([
      talk(
        (port) => run('openssl', openssl('-dtls1_2', port, { identity: 'dev1', key, cipher })),
        /master secret: yes/,
      ),
      talk(
        (port) => run('gnutls-cli', ['--udp', '127.0.0.1', '-p', `${port}`, ...gnutls]),
        /Simple Client Mode/,
      ),
    ]);
    // A hello of the client, our two answers, its proof and ours.
    const flights = ['from 1', 'to 3', 'to 2', 'from 16', 'to record 20'];
    for (const one of lost) expect(one).toEqual(expect.arrayContaining(flights));
  }, 40_000);

  it.each([
    ['an unknown identity', 'nobody', key],
    ['a wrong key', 'dev1', wrongKey],
  ])('openssl is told of %s in the same words', async (_, identity, given) => {
    const { port } = await openEcho();
    const cipher = 'PSK-AES128-CCM8';
    const client = run('openssl', openssl('-dtls1_2', port, { identity, key: given, cipher }));
    await client.until(/alert decrypt error/);
  });

  it('openssl is told that there is no suite in common', async () => {
    const { port } = await openEcho();
    const cipher = 'PSK-AES128-CBC-SHA256';
    const client = run('openssl', openssl('-dtls1_2', port, { identity: 'dev1', key, cipher }));
    await client.until(/alert handshake failure/);
  });

  it.each(['AES-128-CCM-8', 'AES-128-CCM', 'AES-128-GCM'])('gnutls-cli talks with %s', async (cipher) => {
    const { port } = await openEcho();
    const psk = ['--pskusername', 'dev1', '--pskkey', hexKey, '--priority', priorityOf(cipher)];
    const client = run('gnutls-cli', ['--udp', '127.0.0.1', '-p', `${port}`, ...psk]);
    await client.until(/Simple Client Mode/);
    client.say('hello\n');
    await client.until(/dev1: hello/);
  });

  it.each(['coap-client-openssl', 'coap-client-gnutls'])('%s gets a resource', async (program) => {
    const { handlers, requests } = echoing();
    const server = coapOverDtls();
    const { port } = await server.listen(handlers);
    ends.push(server.close);
    const psk = ['-u', 'dev1', '-k', key.toString()];
    const client = run(program, ['-B', '10', ...psk, `coaps://127.0.0.1:${port}/3/0`]);
    await client.until(/dev1 GET \/3\/0 0/);
    expect(requests).toEqual(['dev1 GET /3/0 0']);
  });
});

it('the client of npm talks to it', async () => {
  const { port } = await openEcho();
  const socket = dtls.createSocket({
    type: 'udp4',
    address: '127.0.0.1',
    port,
    psk: { dev1: Buffer.from(key) },
    ciphers: ['TLS_PSK_WITH_AES_128_CCM_8'],
    timeout: 10_000,
  });
  ends.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  await once(socket, 'connected');
  const answer = once(socket, 'message');
  socket.send(Buffer.from('hello'));
  expect(String((await answer)[0])).toBe('dev1: hello');
});
