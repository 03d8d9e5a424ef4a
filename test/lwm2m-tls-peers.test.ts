import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CoapServer } from '../src/devices/lwm2m/coap/peer.ts';
import { deviceKeys } from './support/dtls-house.ts';
import { hasDtlsPeers, openssl, type Peer, startPeer } from './support/dtls-peers.ts';
import { coapOverTcp, coapOverTls, echoing } from './support/lwm2m-listeners.ts';

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
const run = (program: string, arguments_: readonly string[]): Peer => {
  const peer = startPeer(program, arguments_);
  ends.push(peer.stop);
  return peer;
};

/** CSM without options; GET /a with token 01. */
const CSM = '00 e1';
const GET_A = '21 01 01 b1 61';

describe.skipIf(!hasDtlsPeers())('stock clients of TLS', () => {
  it.each(['PSK-AES128-CCM8', 'PSK-AES128-CCM', 'PSK-AES128-GCM-SHA256'])(
    'openssl talks with %s',
    async (cipher) => {
      const { port, requests } = await open(coapOverTls());
      const client = run('openssl', openssl('-tls1_2', port, { ...psk, cipher }, '-alpn', 'coap', '-quiet'));
      client.say(Buffer.from(`${CSM}${GET_A}`.replaceAll(' ', ''), 'hex'));
      await client.until(/dev1 GET \/a 0/);
      expect(requests).toEqual(['dev1 GET /a 0']);
    },
  );

  it('openssl is not let in with a session, which would outlive its key', async () => {
    const { port } = await open(coapOverTls());
    const directory = await mkdtemp(join(tmpdir(), 'muster-tls-'));
    ends.push(() => rm(directory, { recursive: true }));
    const session = join(directory, 'session');
    const named = { ...psk, cipher: 'PSK-AES128-CCM8' };
    const first = run('openssl', openssl('-tls1_2', port, named, '-sess_out', session));
    await first.until(/New, TLSv1.2[\s\S]*Extended master secret: yes/);
    first.say('Q\n');
    await first.ended;
    const second = run('openssl', openssl('-tls1_2', port, named, '-sess_in', session));
    await second.until(/New, TLSv1.2[\s\S]*Extended master secret: yes/);
  });

  it.each(['coap-client-openssl', 'coap-client-gnutls'])('%s gets a resource', async (program) => {
    const { port, requests } = await open(coapOverTls());
    const named = ['-u', 'dev1', '-k', key.toString()];
    const client = run(program, ['-B', '10', ...named, `coaps+tcp://127.0.0.1:${port}/3/0`]);
    await client.until(/dev1 GET \/3\/0 0/);
    expect(requests).toEqual(['dev1 GET /3/0 0']);
  });

  it('coap-client-openssl gets a resource over plain TCP', async () => {
    const { port } = await open(coapOverTcp());
    const client = run('coap-client-openssl', ['-B', '10', `coap+tcp://127.0.0.1:${port}/3/0`]);
    await client.until(/undefined GET \/3\/0 0/);
  });
});
