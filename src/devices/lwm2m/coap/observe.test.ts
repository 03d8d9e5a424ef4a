import { describe, expect, it } from 'vitest';
import { block2, device, numberIn, read } from '../../../../test/support/coap-device.ts';
import { listening, type Sent } from '../../../../test/support/coap-wire.ts';
import { option, uint } from './message.ts';

describe('an observation', () => {
  const token = Buffer.from('watching');
  const noted = (id: number, sequence: number | undefined, payload: string, type: 'con' | 'non' = 'non') => ({
    type,
    id,
    code: '2.05' as const,
    token: 'watching',
    options: sequence === undefined ? [] : [{ number: option.observe, value: uint(sequence) }],
    payload,
  });

  it('is asked for under the token of the caller, and is established by the option in the answer', async () => {
    for (const established of [true, false]) {
      const side = await device(() => ({
        code: '2.05',
        payload: '0',
        ...(established && { options: [{ number: option.observe, value: uint(5) }] }),
      }));
      const asked = side.peerOf('a').observe({ path: ['5', '0', '3'], accept: 0, token });
      await side.serve();
      expect(await asked).toMatchObject({ ok: true, established, response: { payload: Buffer.from('0') } });
      expect(side.all[0]?.token).toBe('watching');
      expect(numberIn(side.all[0] as Sent, option.observe)).toBe(0);
    }
  });

  it('tells what is newer, and not what was overtaken', async () => {
    const side = await listening({ tokens: new Set(['watching']) });
    const heard = () => side.heard.notifications.splice(0).map(({ payload }) => payload);
    side.deliver('a', noted(1, 10, 'ten'));
    side.deliver('a', noted(2, 9, 'nine'));
    side.deliver('a', noted(3, 10, 'ten again'));
    side.deliver('a', noted(4, 11, 'eleven'));
    side.deliver('a', noted(5, 11 + 2 ** 23, 'half round'));
    side.deliver('a', noted(6, 2 ** 23 + 10, 'almost half round'));
    side.deliver('a', noted(7, 2 ** 24 - 1, 'last'));
    side.deliver('a', noted(8, 0, 'round'));
    side.deliver('b', noted(1, 1, 'of another'));
    expect(heard()).toEqual(['ten', 'eleven', 'almost half round', 'last', 'round', 'of another']);
    await side.time.pass(128_001);
    side.deliver('a', noted(9, 2 ** 24 - 5, 'late'));
    expect(heard()).toEqual(['late']);
    side.deliver('a', noted(10, undefined, 'the end'));
    expect(heard()).toEqual(['the end']);
  });

  it('is asked for at the pace of its device', async () => {
    const { peerOf, taken, time } = await listening();
    const slow = { ackTimeout: 30_000, ackRandomFactor: 1, maxRetransmit: 1, responseTimeout: 1000 };
    const asked = peerOf('a').observe({ path: ['5', '0', '3'], token }, slow);
    await time.pass(29_999);
    expect(taken()).toHaveLength(1);
    await time.pass(2);
    expect(taken()).toHaveLength(1);
    await time.pass(60_000);
    expect(await asked).toMatchObject({ ok: false, why: 'timeout' });
  });

  it('does not tell the first part of what does not fit into a message', async () => {
    const side = await listening({ tokens: new Set(['watching']) });
    const whole = noted(2, 11, 'whole', 'con');
    for (const [id, more] of [
      [1, true],
      [2, false],
    ] as const) {
      const options = [...whole.options, ...block2(0, more, 0)];
      side.deliver('a', { ...whole, id, options, payload: '0123456789abcdef' });
    }
    await side.settle();
    expect(side.heard.notifications).toHaveLength(1);
    expect(side.taken()).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
  });

  it('is cancelled with Observe 1 under its token', async () => {
    const side = await device(() => ({ code: '2.05' }));
    side.peerOf('a').cancelObservation({ path: ['5', '0', '3'], token });
    await side.serve();
    expect(side.all.map((sent) => [numberIn(sent, option.observe), sent.token])).toEqual([[1, 'watching']]);
  });

  it('loses no notification where 10,000 devices choose the ids of our own requests', async () => {
    const count = 10_000;
    const side = await listening({ tokens: new Set(['watching']) });
    const asked = Array.from({ length: count }, (_, at) => side.peerOf(`d${at}`).request(read));
    await side.settle();
    const sent = side.taken();
    expect(sent).toHaveLength(count);
    for (const [at, { id }] of sent.entries()) {
      // The same id, from the device itself and from its neighbour.
      side.deliver(`d${at}`, { ...noted(id, 1, 'own', 'con') });
      side.deliver(`d${(at + 1) % count}`, { ...noted((id + 1) & 0xffff, 2, 'other', 'con') });
    }
    for (const { key, id, token: own } of sent) {
      side.deliver(key, { type: 'ack', id, token: own, code: '2.05', payload: key });
    }
    const answers = await Promise.all(asked);
    const wrong = answers.filter((answer, at) => !(answer.ok && `${answer.response.payload}` === `d${at}`));
    expect(wrong).toEqual([]);
    const newest = new Map(side.heard.notifications.map(({ key, payload }) => [`${key} ${payload}`, true]));
    expect([...newest.keys()].filter((key) => key.endsWith('other'))).toHaveLength(count);
  });
});
