import { describe, expect, it } from 'vitest';
import { fakeTransport, type Written } from '../../../../test/support/coap-wire.ts';
import { fakeScheduler } from '../../../../test/support/scheduler.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createMessageLayer } from './message-layer.ts';

const post = (id: number): Written => ({
  type: 'con',
  id,
  code: '0.02',
  token: 'tok',
  path: ['rd'],
});

describe('what is kept of a peer', () => {
  const layerOf = (most: number) => {
    const wire = fakeTransport();
    const time = fakeScheduler();
    const layer = createMessageLayer({
      transport: wire.transport,
      clock: time.elapsed,
      later: time.later,
      random: (bytes) => new Uint8Array(bytes),
      limits: { ...DEFAULT_LIMITS, peers: most },
    });
    return { ...wire, layer, time };
  };

  it('is forgotten when no message id of it can stand for anything', async () => {
    const { layer, time, deliver } = layerOf(100);
    await layer.listen({
      request: (_from, _message, reply) => reply({ code: 0x44, options: [], payload: Buffer.alloc(0) }),
      expects: () => false,
      response: () => undefined,
      gone: () => undefined,
    });
    deliver('a', post(1));
    deliver('b', { type: 'con', id: 1, code: '2.05', token: 'strange' });
    expect(layer.known()).toBe(1);
    await time.pass(300_000);
    expect(layer.known()).toBe(0);
  });

  it('is that of so many peers and no more, but of all for whom something is under way', async () => {
    const { layer, deliver } = layerOf(3);
    const replies: (() => void)[] = [];
    await layer.listen({
      request: (_from, _message, reply) =>
        replies.push(() => reply({ code: 0x44, options: [], payload: Buffer.alloc(0) })),
      expects: () => false,
      response: () => undefined,
      gone: () => undefined,
    });
    for (let at = 0; at < 5; at += 1) deliver(`busy-${at}`, post(1));
    expect(layer.known()).toBe(5);
    for (const reply of replies) reply();
    for (let at = 0; at < 20; at += 1) {
      deliver(`quiet-${at}`, post(1));
      replies.at(-1)?.();
    }
    expect(layer.known()).toBeLessThanOrEqual(5);
  });
});
