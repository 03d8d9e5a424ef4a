import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createCoapServer } from '../src/devices/lwm2m/coap/coap-server.ts';
import type { BlockSource, CoapHandlers, CoapPeer, CoapRequest } from '../src/devices/lwm2m/coap/peer.ts';
import { createUdp } from '../src/devices/lwm2m/udp.ts';
import { coapClient, hasLibcoap, startCoapServer } from './support/libcoap.ts';
import { startUdpRelay } from './support/udp-relay.ts';

const MIB = 2 ** 20;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const later = (run: () => void, milliseconds: number): (() => void) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

/** A server of ours on loopback, with room for what a test sends. */
const listen = async (handlers: Partial<CoapHandlers>) => {
  const server = createCoapServer({
    transport: createUdp('127.0.0.1', 0),
    clock: Date.now,
    later,
    random: (bytes) => randomBytes(bytes),
    limits: { request: 2 * MIB, response: 32 * MIB },
  });
  closing.push(server.close);
  const { port } = await server.listen({
    request: async () => ({ code: '4.04', payload: new Uint8Array(0) }),
    knows: () => false,
    notified: () => undefined,
    gone: () => undefined,
    ...handlers,
  });
  const peerAt = (to: number): CoapPeer => {
    const peer = server.reach?.({ key: `127.0.0.1 ${to}`, address: '127.0.0.1', port: to });
    if (peer === undefined) throw new Error('a plain transport reaches everybody');
    return peer;
  };
  return { url: `coap://127.0.0.1:${port}`, port, peerAt };
};

const libcoapServer = async (): Promise<number> => {
  const { port, stop } = await startCoapServer();
  closing.push(stop);
  return port;
};

const relayTo = async (port: number, loses: () => boolean) => {
  const relay = await startUdpRelay(port, loses);
  closing.push(relay.close);
  return relay;
};

const directory = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'muster-coap-'));
  closing.push(() => rm(made, { recursive: true, force: true }));
  return made;
};

const sourceOf = (bytes: Uint8Array): BlockSource => ({
  size: bytes.length,
  etag: bytes.subarray(0, 8),
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** Serves bytes by Block2 to whoever asks for `/f`. */
const serving = (bytes: Uint8Array) =>
  listen({
    request: async () => ({ code: '2.05', contentFormat: 42, payload: sourceOf(bytes) }),
  });

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Two of ten datagrams, wherever they fall. */
const everyFifth = (): (() => boolean) => {
  let count = 2;
  return () => {
    count += 1;
    return count % 5 === 0;
  };
};

describe.skipIf(!hasLibcoap())('a client of libcoap', () => {
  const asked = async (request: CoapRequest[], answer: string, delay = 0) =>
    listen({
      request: async (_peer, one) => {
        request.push(one);
        await sleep(delay);
        return { code: '2.05', payload: Buffer.from(answer) };
      },
    });

  it('gets a resource, and hears a slow answer in a separate response', async () => {
    const requests: CoapRequest[] = [];
    const quick = await asked(requests, 'quick');
    expect(`${await coapClient('-m', 'get', `${quick.url}/a/b?c=d`)}`).toContain('quick');
    expect(requests).toMatchObject([{ method: 'GET', path: ['a', 'b'], query: ['c=d'] }]);
    const slow = await asked(requests, 'slow', 900);
    expect(`${await coapClient('-m', 'get', `${slow.url}/a`)}`).toContain('slow');
    expect(requests).toHaveLength(2);
    expect(`${await coapClient('-N', '-m', 'get', `${quick.url}/a`)}`).toContain('quick');
  });

  it.each([2, 3, 4, 5, 6])('puts and gets in blocks of szx %i', async (szx) => {
    const place = await directory();
    const bytes = randomBytes(20_000);
    const requests: CoapRequest[] = [];
    const taking = await asked(requests, 'thanks');
    const size = `${2 ** (szx + 4)}`;
    await writeFile(join(place, 'in'), bytes);
    const said = await coapClient('-m', 'put', '-b', size, '-f', join(place, 'in'), `${taking.url}/x`);
    expect(`${said}`).toContain('thanks');
    expect(sameBytes(requests[0]?.payload ?? Buffer.alloc(0), bytes)).toBe(true);
    const { url } = await serving(bytes);
    await coapClient('-m', 'get', '-b', size, '-o', join(place, 'out'), `${url}/f`);
    expect(sameBytes(await readFile(join(place, 'out')), bytes)).toBe(true);
  });

  it('puts 1 MiB, and gets 1 MiB and 16 MiB in time that grows as the size does', async () => {
    const place = await directory();
    const bytes = randomBytes(16 * MIB);
    const requests: CoapRequest[] = [];
    const taking = await asked(requests, 'thanks');
    await writeFile(join(place, 'in'), bytes.subarray(0, MIB));
    await coapClient('-m', 'put', '-f', join(place, 'in'), `${taking.url}/x`);
    expect(sameBytes(requests[0]?.payload ?? Buffer.alloc(0), bytes.subarray(0, MIB))).toBe(true);
    const time = async (part: Uint8Array): Promise<number> => {
      const { url } = await serving(part);
      const begun = performance.now();
      await coapClient('-m', 'get', '-o', join(place, 'out'), `${url}/f`);
      const took = performance.now() - begun;
      expect(sameBytes(await readFile(join(place, 'out')), part)).toBe(true);
      return took;
    };
    const small = await time(bytes.subarray(0, MIB));
    const large = await time(bytes);
    // Sixteen times as much; what is quadratic would take 256 times as long.
    expect(large).toBeLessThan(Math.max(small, 100) * 64);
  });

  it('gets all bytes though a fifth of the datagrams is lost', async () => {
    const place = await directory();
    const bytes = randomBytes(5000);
    const { port } = await serving(bytes);
    const relay = await relayTo(port, everyFifth());
    await coapClient('-m', 'get', '-o', join(place, 'out'), `coap://127.0.0.1:${relay.port}/f`);
    expect(relay.lost()).toBeGreaterThan(0);
    expect(sameBytes(await readFile(join(place, 'out')), bytes)).toBe(true);
  });
});

describe.skipIf(!hasLibcoap())('a server of libcoap', () => {
  const impatient = { ackTimeout: 60, ackRandomFactor: 1.5, maxRetransmit: 6, responseTimeout: 10_000 };

  const putAndGet = async (peer: CoapPeer, bytes: Uint8Array, szx: number): Promise<void> => {
    const path = ['firmware'];
    const told: number[] = [];
    const progress = (sent: number): void => void told.push(sent);
    const payload = sourceOf(bytes);
    const put = await peer.request({ method: 'PUT', path, payload, szx, progress }, impatient);
    expect(put).toMatchObject({ ok: true });
    expect(put.ok && put.response.code).toMatch(/^2\.0[14]$/);
    expect(told.at(-1)).toBe(bytes.length);
    const got = await peer.request({ method: 'GET', path, szx }, impatient);
    expect(got).toMatchObject({ ok: true, response: { code: '2.05' } });
    expect(got.ok && sameBytes(got.response.payload, bytes)).toBe(true);
  };

  it.each([2, 3, 4, 5, 6])('takes and gives back 20,000 bytes in blocks of szx %i', async (szx) => {
    const { peerAt } = await listen({});
    await putAndGet(peerAt(await libcoapServer()), randomBytes(20_000), szx);
  });

  it('takes and gives back 1 MiB', async () => {
    const { peerAt } = await listen({});
    await putAndGet(peerAt(await libcoapServer()), randomBytes(MIB), 6);
  });

  it('takes and gives back all bytes though a fifth of the datagrams is lost', async () => {
    const { peerAt } = await listen({});
    const relay = await relayTo(await libcoapServer(), everyFifth());
    await putAndGet(peerAt(relay.port), randomBytes(40_000), 6);
    expect(relay.lost()).toBeGreaterThan(10);
  });

  it('answers in a separate response', async () => {
    const { peerAt } = await listen({});
    const peer = peerAt(await libcoapServer());
    const answer = await peer.request({ method: 'GET', path: ['async'], query: ['1'] });
    expect(answer).toMatchObject({ ok: true, response: { code: '2.05', payload: Buffer.from('done') } });
  });

  it('notifies until the observation is cancelled', async () => {
    const token = randomBytes(8);
    const heard: string[] = [];
    let isWanted = true;
    let wake = (): void => undefined;
    const { peerAt } = await listen({
      knows: (_peer, other) => isWanted && sameBytes(other, token),
      notified: (_peer, _token, { payload }) => {
        heard.push(`${payload}`);
        wake();
      },
    });
    const peer = peerAt(await libcoapServer());
    const watching = { path: ['time'], token };
    expect(await peer.observe(watching)).toMatchObject({ ok: true, established: true });
    while (heard.length < 2) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    isWanted = false;
    peer.cancelObservation(watching);
    expect(new Set(heard).size).toBe(2);
  });
});
