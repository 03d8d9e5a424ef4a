import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../domain/time.ts';
import { createRegistrationRate } from './registration-rate.ts';

const world = (perSecond: number) => {
  const state = { now: 1_000_000 };
  const lines: string[] = [];
  const rate = createRegistrationRate({
    clock: () => state.now,
    log: { info: () => undefined, warn: (_, line) => lines.push(line) },
    salt: Buffer.from('salt'),
    perSecond,
  });
  const from = (address: string, identity?: string) => ({ address, identity });
  const allowed = (address: string, times: number): number =>
    Array.from({ length: times }, () => rate.allows(from(address))).filter(Boolean).length;
  return { state, lines, rate, from, allowed };
};

describe('the rate of registrations', () => {
  it('lets ten times as many come at once as in a second of the long run, and no other network suffers', () => {
    const { allowed, state } = world(2);
    expect(allowed('192.0.2.1', 50)).toBe(20);
    expect(allowed('192.0.2.77', 1)).toBe(0);
    expect(allowed('198.51.100.1', 1)).toBe(1);
    state.now += 3 * SECOND;
    expect(allowed('192.0.2.1', 50)).toBe(6);
  });

  it('is used up sooner by who guesses at names', () => {
    const { rate, from } = world(2);
    let tries = 0;
    while (rate.allows(from('2001:db8::1'))) {
      rate.refused(from('2001:db8::1'));
      tries += 1;
    }
    expect(tries).toBe(3);
  });

  it('is not that of devices that have shown a key', () => {
    const { rate, from } = world(1);
    for (let times = 0; times < 100; times += 1) expect(rate.allows(from('192.0.2.1', 'key'))).toBe(true);
    rate.refused(from('192.0.2.1', 'key'));
    expect(rate.allows(from('192.0.2.1'))).toBe(true);
  });

  it('is told once in a while, however many networks go beyond it', () => {
    const { allowed, lines, state } = world(1);
    for (let network = 0; network < 20; network += 1) allowed(`192.0.${network}.1`, 100);
    expect(lines).toHaveLength(1);
    state.now += MINUTE;
    allowed('192.0.2.1', 1_000);
    expect(lines).toHaveLength(2);
  });
});
