import { describe, expect, it } from 'vitest';
import { fakeTransport, listening, type Written } from '../../../../test/support/coap-wire.ts';
import { fakeScheduler } from '../../../../test/support/scheduler.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { option, uint } from './message.ts';
import { createMessageLayer } from './message-layer.ts';

const read = { method: 'GET', path: ['5', '0', '3'] } as const;
const post = (id: number, more: Partial<Written> = {}): Written => ({
  type: 'con',
  id,
  code: '0.02',
  token: 'tok',
  path: ['rd'],
  ...more,
});

describe('rule 1: message ids are per peer', () => {
  it('counts up by one for each peer on its own, from a random start', async () => {
    const { peerOf, taken, deliver, settle } = await listening();
    const ids: Record<string, number[]> = { a: [], b: [] };
    for (let round = 0; round < 3; round += 1) {
      for (const key of ['a', 'b']) {
        void peerOf(key).request(read);
        await settle();
        const [sent] = taken();
        ids[key]?.push(sent?.id ?? -1);
        deliver(key, { type: 'ack', id: sent?.id ?? -1, code: '2.05', token: sent?.token ?? '' });
        await settle();
      }
    }
    const [first = -1] = ids['a'] ?? [];
    const [other = -1] = ids['b'] ?? [];
    expect(ids).toEqual({ a: [first, first + 1, first + 2], b: [other, other + 1, other + 2] });
    expect(first).not.toBe(other);
  });

  it('comes round after 65,535', async () => {
    const transport = fakeTransport();
    const time = fakeScheduler();
    const layer = createMessageLayer({
      transport: transport.transport,
      clock: time.elapsed,
      later: time.later,
      random: (bytes) => new Uint8Array(bytes).fill(255),
      limits: DEFAULT_LIMITS,
    });
    const message = { code: 1, token: Buffer.from('t'), options: [], payload: Buffer.alloc(0) };
    const timing = { ackTimeout: 1000, ackRandomFactor: 1, maxRetransmit: 0, responseTimeout: 1 };
    layer.send({ key: 'a' }, message, timing, () => undefined);
    layer.send({ key: 'a' }, message, timing, () => undefined);
    expect(transport.taken().map(({ id }) => id)).toEqual([0, 1]);
  });
});

describe('rule 2: responses are matched by peer and token', () => {
  it('takes a response with the right token from the right peer alone', async () => {
    const { peerOf, taken, deliver, settle } = await listening();
    const answers: string[] = [];
    const asked = peerOf('a').request(read);
    void asked.then((answer) => answers.push(answer.ok ? `${answer.response.payload}` : answer.why));
    await settle();
    const [{ id, token } = { id: 0, token: '' }] = taken();
    deliver('b', { type: 'non', id: 7, code: '2.05', token, payload: 'of another' });
    deliver('a', { type: 'non', id: 8, code: '2.05', token: 'else', payload: 'to another' });
    await settle();
    expect(answers).toEqual([]);
    deliver('a', { type: 'non', id: (id + 5) & 0xffff, code: '2.05', token, payload: 'right' });
    await settle();
    expect(answers).toEqual(['right']);
  });

  it('takes a response in an ACK for the message that it acknowledges, and for no later one', async () => {
    const { peerOf, taken, deliver, settle } = await listening();
    const bytes = Buffer.alloc(32, 1);
    void peerOf('a').request({ method: 'PUT', path: ['f'], payload: bytes, szx: 0 });
    await settle();
    const [{ id, token } = { id: 0, token: '' }] = taken();
    const echo = { number: option.block1, value: uint(8) };
    const answer: Written = { type: 'ack', id, code: '2.31', token, options: [echo] };
    deliver('a', answer);
    await settle();
    expect(taken()).toMatchObject([{ id: id + 1, token }]);
    deliver('a', answer);
    await settle();
    expect(taken()).toEqual([]);
  });

  it('stops to retransmit on an ACK of that peer alone', async () => {
    const { peerOf, taken, deliver, time } = await listening();
    void peerOf('a').request(read);
    await time.pass(0);
    const [{ id } = { id: 0 }] = taken();
    deliver('b', { type: 'ack', id });
    await time.pass(3000);
    expect(taken()).toMatchObject([{ key: 'a', id }]);
    deliver('a', { type: 'ack', id });
    await time.pass(60_000);
    expect(taken()).toEqual([]);
  });
});

describe('rule 3: duplicates are answered as before', () => {
  it('handles a repeated registration once and repeats its reply byte for byte', async () => {
    const { deliver, taken, heard, time } = await listening();
    deliver('a', post(1));
    await time.pass(2000);
    deliver('a', post(1));
    await time.pass(4000);
    deliver('a', post(1));
    await time.pass(0);
    expect(heard.requests).toHaveLength(1);
    const [first, ...copies] = taken().map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    expect(copies).toEqual([first, first]);
  });

  it('keeps copies of non-confirmable requests apart as well', async () => {
    const { deliver, taken, heard, settle } = await listening();
    deliver('a', post(1, { type: 'non' }));
    await settle();
    deliver('a', post(1, { type: 'non' }));
    await settle();
    expect(heard.requests).toHaveLength(1);
    const [one, two] = taken();
    expect(two?.bytes).toEqual(one?.bytes);
  });

  it('takes the same id of another peer, or after its lifetime, for another message', async () => {
    const { deliver, heard, time } = await listening();
    deliver('a', post(1));
    deliver('b', post(1));
    await time.pass(246_000);
    deliver('a', post(1));
    await time.pass(0);
    expect(heard.requests).toHaveLength(2);
    await time.pass(248_000);
    deliver('a', post(1));
    await time.pass(0);
    expect(heard.requests).toHaveLength(3);
  });

  it('remembers so many of a peer and no more', async () => {
    const { deliver, heard, settle } = await listening({ limits: { remembered: 8 } });
    for (let id = 1; id <= 9; id += 1) {
      deliver('a', post(id));
      await settle();
    }
    deliver('a', post(2));
    await settle();
    expect(heard.requests).toHaveLength(9);
    deliver('a', post(1));
    await settle();
    expect(heard.requests).toHaveLength(10);
  });

  it('does not hear what a peer asks beyond that before it has an answer', async () => {
    const { deliver, heard, settle } = await listening({
      limits: { remembered: 2 },
      answer: () => new Promise(() => undefined),
    });
    for (const id of [1, 2, 3]) deliver('a', post(id));
    deliver('b', post(3));
    await settle();
    expect(heard.requests.map(({ peer }) => peer.association.key)).toEqual(['a', 'a', 'b']);
  });

  it('acknowledges a repeated separate response again and tells of it once', async () => {
    const { deliver, taken, heard, settle } = await listening({ tokens: new Set(['watching']) });
    const notification: Written = {
      type: 'con',
      id: 9,
      code: '2.05',
      token: 'watching',
      options: [{ number: option.observe, value: uint(3) }],
      payload: '2',
    };
    deliver('a', notification);
    deliver('a', notification);
    await settle();
    expect(heard.notifications).toHaveLength(1);
    expect(taken()).toMatchObject([
      { type: 'ack', id: 9, code: '0.00' },
      { type: 'ack', id: 9, code: '0.00' },
    ]);
  });
});

describe('rule 4: piggybacked, separate and non-confirmable responses', () => {
  it.each(['ack', 'con', 'non'] as const)('takes one in a message of type %s', async (type) => {
    const { peerOf, taken, deliver, time } = await listening();
    const asked = peerOf('a').request(read);
    await time.pass(0);
    const [{ id, token } = { id: 0, token: '' }] = taken();
    if (type !== 'ack') deliver('a', { type: 'ack', id });
    await time.pass(10_000);
    expect(type === 'ack' ? [] : taken()).toEqual([]);
    deliver('a', { type, id: type === 'ack' ? id : 77, code: '2.05', token, payload: '1' });
    expect(await asked).toMatchObject({ ok: true, response: { code: '2.05', payload: Buffer.from('1') } });
    const after = taken().filter((sent) => sent.code === '0.00');
    expect(after).toMatchObject(type === 'con' ? [{ type: 'ack', id: 77 }] : []);
  });

  it('answers in time with the reply, else with an empty ACK and a confirmable response', async () => {
    const { deliver, taken, time } = await listening({
      answer: () =>
        new Promise((resolve) => {
          time.later(() => resolve({ code: '2.04', payload: Buffer.from('late') }), 3000);
        }),
    });
    deliver('a', post(1));
    await time.pass(600);
    deliver('a', post(1));
    await time.pass(0);
    const acknowledged = { type: 'ack', id: 1, code: '0.00' };
    expect(taken()).toMatchObject([acknowledged, acknowledged]);
    await time.pass(2500);
    const [response] = taken();
    expect(response).toMatchObject({ type: 'con', code: '2.04', token: 'tok' });
    await time.pass(3000);
    expect(taken()).toMatchObject([{ bytes: response?.bytes }]);
    deliver('a', { type: 'ack', id: response?.id ?? -1 });
    await time.pass(100_000);
    expect(taken()).toEqual([]);
  });

  it('floods nobody whose address was forged: without a sign of life no more than three times what came', async () => {
    const { deliver, taken, time, peerOf } = await listening({
      answer: () =>
        new Promise((resolve) => {
          time.later(() => resolve({ code: '4.04', payload: Buffer.alloc(40) }), 1000);
        }),
    });
    const sentFor = async (id: number): Promise<number> => {
      deliver('a', post(id));
      await time.pass(100_000);
      return taken().filter(({ type }) => type === 'con').length;
    };
    expect(await sentFor(1)).toBe(1);
    const asked = peerOf('a').request(read);
    await time.pass(0);
    const [{ id, token } = { id: 0, token: '' }] = taken();
    deliver('a', { type: 'ack', id, code: '2.05', token, payload: '1' });
    await asked;
    expect(await sentFor(2)).toBe(5);
  });

  it.each(['con', 'non'] as const)('resets a %s notification with an unknown token', async (type) => {
    const { deliver, taken, heard, settle } = await listening();
    deliver('a', { type, id: 5, code: '2.05', token: 'stale', payload: '1' });
    await settle();
    expect(taken()).toMatchObject([{ type: 'rst', id: 5, code: '0.00' }]);
    expect(heard.notifications).toEqual([]);
  });
});

describe('rule 7: malformed messages', () => {
  const malformed: readonly (readonly [string, string])[] = [
    ['a token of nine bytes', '49010001616161616161616161'],
    ['a token longer than the message', '4801000161'],
    ['a truncated option', '40010001b5616263'],
    ['an option with the reserved delta', '40010001f0'],
    ['an option with the reserved length', '400100010f'],
    ['a marker without a payload', '40010001ff'],
    ['an empty message with a token', '4100000161'],
    ['a code of a reserved class', '40210001'],
  ];
  it.each(malformed)('resets %s in a confirmable message and ignores it in others', async (_what, hex) => {
    const { deliver, taken, heard, settle } = await listening();
    const bytes = Buffer.from(hex, 'hex');
    deliver('a', bytes);
    await settle();
    expect(taken()).toMatchObject([{ type: 'rst', id: 1 }]);
    for (const type of [0x50, 0x60, 0x70]) {
      deliver('a', Buffer.from([type | ((bytes[0] ?? 0) & 15), ...bytes.subarray(1)]));
    }
    await settle();
    expect(taken()).toEqual([]);
    expect(heard.requests).toEqual([]);
  });

  it('ignores another version, and what has no header', async () => {
    const { deliver, taken, settle } = await listening();
    for (const hex of ['80010001', '00010001', 'c0010001', '', '40', '400100']) {
      deliver('a', Buffer.from(hex, 'hex'));
    }
    await settle();
    expect(taken()).toEqual([]);
  });

  it('takes 1,500 bytes and 64 options, and no more', async () => {
    const { deliver, taken, heard, settle } = await listening();
    const large = (bytes: number): Uint8Array =>
      Buffer.concat([Buffer.from('40020001ff', 'hex'), Buffer.alloc(bytes - 5, 1)]);
    const manyOptions = (count: number): Uint8Array =>
      Buffer.concat([Buffer.from('40020002', 'hex'), Buffer.from('b0', 'hex'), Buffer.alloc(count - 1)]);
    deliver('a', large(1500));
    deliver('a', manyOptions(64));
    await settle();
    expect(heard.requests).toHaveLength(2);
    taken();
    deliver('b', large(1501));
    deliver('b', manyOptions(65));
    await settle();
    expect(heard.requests).toHaveLength(2);
    expect(taken()).toMatchObject([
      { type: 'rst', id: 1 },
      { type: 'rst', id: 2 },
    ]);
  });

  it('answers a ping with RST', async () => {
    const { deliver, taken, settle } = await listening();
    deliver('a', Buffer.from('40001234', 'hex'));
    await settle();
    expect(taken()).toMatchObject([{ type: 'rst', id: 0x1234 }]);
  });
});

describe('rule 8: options and types of requests', () => {
  const options: readonly (readonly [string, number, Uint8Array])[] = [
    ['an unknown critical option', 2049, Buffer.from('x')],
    ['OSCORE', 9, Buffer.from('x')],
    ['a condition that nobody looks at', 5, Buffer.alloc(0)],
    ['a path that is no text', option.uriPath, Buffer.from([0xff, 0xfe])],
    ['a path that is too long', option.uriPath, Buffer.alloc(256, 'a')],
  ];
  it.each(options)('refuses %s with 4.02', async (_what, number, value) => {
    const { deliver, taken, heard, settle } = await listening();
    deliver('a', { type: 'con', id: 1, code: '0.01', token: 't', options: [{ number, value }] });
    await settle();
    expect(taken()).toMatchObject([{ type: 'ack', id: 1, code: '4.02', token: 't' }]);
    expect(heard.requests).toEqual([]);
  });

  it('ignores an unknown option that is not critical', async () => {
    const { deliver, taken, settle } = await listening();
    deliver('a', post(1, { options: [{ number: 2048, value: Buffer.from('x') }] }));
    await settle();
    expect(taken()).toMatchObject([{ code: '2.05' }]);
  });

  it('answers a non-confirmable request with a non-confirmable response and no ACK', async () => {
    const { deliver, taken, time } = await listening();
    deliver('a', post(1, { type: 'non' }));
    await time.pass(5000);
    expect(taken()).toMatchObject([{ type: 'non', code: '2.05', token: 'tok' }]);
  });

  it('answers a method that nobody knows with 4.05, and does no errands', async () => {
    const { deliver, taken, settle } = await listening();
    deliver('a', { type: 'con', id: 1, code: '0.31' });
    deliver('a', {
      type: 'con',
      id: 2,
      code: '0.01',
      options: [{ number: 35, value: Buffer.from('coap://x') }],
    });
    await settle();
    expect(taken()).toMatchObject([{ code: '4.05' }, { code: '5.05' }]);
  });

  it('hands over path, query and payload as they came, percent signs included', async () => {
    const { deliver, heard, settle } = await listening();
    const query = { number: option.uriQuery, value: Buffer.from('ep=a%20b') };
    deliver('a', post(1, { path: ['rd', 'é%2F'], options: [query], payload: '</5>' }));
    await settle();
    expect(heard.requests).toMatchObject([
      {
        request: { method: 'POST', path: ['rd', 'é%2F'], query: ['ep=a%20b'], payload: Buffer.from('</5>') },
      },
    ]);
  });
});
