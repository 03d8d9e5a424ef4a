import { describe, expect, it } from 'vitest';
import { bytesOf, device, nums, pathOf, put, read, takes } from '../../../../test/support/coap-device.ts';
import { listening } from '../../../../test/support/coap-wire.ts';
import { fakeScheduler } from '../../../../test/support/scheduler.ts';
import type { ChannelEvents, Delivery } from './channel.ts';
import { option } from './message.ts';
import type { CoapPeer } from './peer.ts';
import { createExchangeServer } from './server.ts';

describe('a server that is closed', () => {
  it('answers what is under way, and what is asked after that, with gone, and sends nothing', async () => {
    const { peerOf, taken, server } = await listening();
    const under = peerOf('a').request(read);
    expect(taken()).toHaveLength(1);
    await server.close();
    const gone = { ok: false, why: 'gone', offset: 0 };
    expect(await under).toEqual(gone);
    expect(await peerOf('a').request(read)).toEqual(gone);
    expect(await peerOf('a').observe({ path: ['5', '0', '3'], token: Buffer.from('watching') })).toEqual(
      gone,
    );
    expect(taken()).toEqual([]);
  });
});

describe('rule 5: one request at a time to a device', () => {
  it('sends the next when the one before is answered, and to others at once', async () => {
    const { peerOf, taken, deliver, settle } = await listening();
    void peerOf('a').request(read);
    void peerOf('a').request({ ...read, path: ['3', '0', '3'] });
    void peerOf('b').request(read);
    await settle();
    const sent = taken();
    expect(sent.map((one) => [one.key, pathOf(one)])).toEqual([
      ['a', '5/0/3'],
      ['b', '5/0/3'],
    ]);
    deliver('a', { type: 'ack', id: sent[0]?.id ?? 0, token: sent[0]?.token ?? '', code: '2.05' });
    await settle();
    expect(taken().map(pathOf)).toEqual(['3/0/3']);
  });

  it('lets reads go before the next block, and both before observations', async () => {
    const order: string[] = [];
    const side = await device((sent) => {
      order.push(pathOf(sent));
      if (order.length === 1) {
        void side.peerOf('a').observe({ path: ['5', '0', '5'], token: Buffer.from('watching') });
        void side.peerOf('a').request(read);
      }
      return takes(sent);
    });
    await side.ask(put(bytesOf(40), { szx: 0 }));
    expect(order).toEqual(['5/0/0', '5/0/3', '5/0/0', '5/0/0', '5/0/5']);
  });

  it('begins a second transfer when the first is over', async () => {
    const side = await device(takes);
    const first = side.peerOf('a').request(put(bytesOf(40), { szx: 0 }));
    const second = side.peerOf('a').request(put(bytesOf(32), { szx: 0, path: ['9', '0', '2'] }));
    await side.serve();
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
    expect(side.all.map(pathOf)).toEqual(['5/0/0', '5/0/0', '5/0/0', '9/0/2', '9/0/2']);
  });

  it('never lets a response of ours wait for a request of ours', async () => {
    const { peerOf, deliver, taken, settle } = await listening();
    void peerOf('a').request(read);
    await settle();
    taken();
    deliver('a', { type: 'con', id: 5, code: '0.02', token: 'up' });
    await settle();
    expect(taken()).toMatchObject([{ type: 'ack', id: 5, code: '2.05' }]);
  });

  it('has so many wait and no more', async () => {
    const { peerOf } = await listening({ limits: { queue: 2 } });
    const [, , third] = [1, 2, 3].map(() => peerOf('a').request(read));
    expect(await third).toEqual({ ok: false, why: 'timeout', offset: 0 });
  });
});

describe('rule 6: a device that does not answer', () => {
  const timing = { ackTimeout: 2000, ackRandomFactor: 1.5, maxRetransmit: 4, responseTimeout: 20_000 };

  it('is asked five times with growing waits, then the request ends with timeout and the next has its turn', async () => {
    const { peerOf, taken, time } = await listening();
    const asked = peerOf('a').request(read, timing);
    const next = peerOf('a').request({ ...read, path: ['next'] }, timing);
    let over = false;
    void asked.then(() => {
      over = true;
    });
    const at: number[] = [];
    for (let passed = 0; !over && passed < 200_000; passed += 250) {
      await time.pass(250);
      for (const sent of taken()) if (pathOf(sent) === '5/0/3') at.push(time.elapsed());
    }
    expect(await asked).toEqual({ ok: false, why: 'timeout', offset: 0 });
    expect(at).toHaveLength(5);
    const waits = at.slice(1).map((one, index) => one - (at[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(2000 * 2 ** index - 250);
      expect(wait).toBeLessThanOrEqual(3000 * 2 ** index + 250);
    }
    expect(time.elapsed()).toBeLessThanOrEqual(93_500);
    peerOf('a').drop();
    expect(await next).toEqual({ ok: false, why: 'gone', offset: 0 });
  });

  it('has so long for a separate response after its ACK', async () => {
    const { peerOf, taken, deliver, time } = await listening();
    const asked = peerOf('a').request(read, timing);
    await time.pass(0);
    deliver('a', { type: 'ack', id: taken()[0]?.id ?? 0 });
    await time.pass(19_999);
    let over = false;
    void asked.then(() => {
      over = true;
    });
    await time.pass(0);
    expect(over).toBe(false);
    await time.pass(2);
    expect(await asked).toEqual({ ok: false, why: 'timeout', offset: 0 });
  });

  it('tells how far a transfer came, so that it goes on there', async () => {
    const side = await device((sent, at) => (at < 3 ? takes(sent) : undefined));
    const told: number[] = [];
    const asked = side
      .peerOf('a')
      .request(put(bytesOf(100), { szx: 0, progress: (sent) => told.push(sent) }));
    await side.serve();
    await side.time.pass(100_000);
    expect(await asked).toEqual({ ok: false, why: 'timeout', offset: 48 });
    expect(told).toEqual([16, 32, 48]);
    const again = await device(takes);
    await again.ask(put(bytesOf(100), { szx: 0, from: 48 }));
    expect(nums(again.all)).toEqual([3, 4, 5, 6]);
  });

  it('answers with reset where the device does, and with gone where it is gone or dropped', async () => {
    const { peerOf, taken, deliver, settle, gone, heard } = await listening();
    const one = peerOf('a').request(read);
    await settle();
    deliver('a', { type: 'rst', id: taken()[0]?.id ?? 0 });
    expect(await one).toEqual({ ok: false, why: 'reset', offset: 0 });
    const two = [peerOf('a').request(read), peerOf('a').request(read)];
    await settle();
    gone('a');
    expect(await Promise.all(two)).toEqual(two.map(() => ({ ok: false, why: 'gone', offset: 0 })));
    expect(heard.gone).toEqual(['a']);
    const three = [peerOf('b').request(read), peerOf('b').request(put(bytesOf(100), { szx: 0 }))];
    await settle();
    peerOf('b').drop();
    expect(await Promise.all(three)).toEqual(three.map(() => ({ ok: false, why: 'gone', offset: 0 })));
    taken();
    await settle();
    expect(taken()).toEqual([]);
  });
});

describe('a channel that is no datagrams', () => {
  const over = async (deliver: (told: (what: Delivery) => void, respond: () => void) => void) => {
    let events: ChannelEvents | undefined;
    const association = { key: 's', address: 's', port: 1, identity: 'known' };
    const stopped: string[] = [];
    const time = fakeScheduler();
    const server = createExchangeServer({
      channel: {
        listen: async (to) => {
          events = to;
          return { address: 's', port: 1 };
        },
        send: (_to, request, _timing, told) => {
          const { token } = request;
          const response = { code: 0x45, token, options: [], payload: Buffer.from('yes') };
          deliver(told, () => events?.response(association, response));
          return () => void stopped.push(`${request.code}`);
        },
        close: async () => undefined,
      },
      clock: time.elapsed,
      later: time.later,
      random: (bytes) => new Uint8Array(bytes),
    });
    let peer: CoapPeer | undefined;
    await server.listen({
      request: async (from) => {
        peer = from;
        return { code: '2.04', payload: new Uint8Array(0) };
      },
      knows: () => false,
      notified: () => undefined,
      gone: () => undefined,
    });
    const path = { number: option.uriPath, value: Buffer.from('rd') };
    const message = { code: 2, token: new Uint8Array(0), options: [path], payload: new Uint8Array(0) };
    events?.request(association, message, () => undefined);
    await time.pass(0);
    return { peer, time, stopped, reach: server.reach };
  };

  it('may tell that a request is there, that its response is, or that all is gone before it has sent', async () => {
    const both = await over((told, respond) => {
      told('acknowledged');
      respond();
    });
    expect(await both.peer?.request(read)).toMatchObject({ ok: true, response: { code: '2.05' } });
    expect(both.stopped).toEqual(['1']);
    const gone = await over((told) => told('gone'));
    expect(await gone.peer?.request(read)).toEqual({ ok: false, why: 'gone', offset: 0 });
  });

  it('has so long for a response as the device has', async () => {
    const silent = await over((told) => told('acknowledged'));
    const asked = silent.peer?.request(read);
    await silent.time.pass(93_001);
    expect(await asked).toEqual({ ok: false, why: 'timeout', offset: 0 });
    expect(silent.stopped).toEqual(['1']);
  });

  it('cannot send to who has not come', async () => {
    expect((await over(() => undefined)).reach).toBeUndefined();
  });
});
