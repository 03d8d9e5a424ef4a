import { describe, expect, it } from 'vitest';
import { protocolNames } from '../../src/simulator/profile.ts';
import { noteFigure } from '../support/figures.ts';
import { simulateDay } from './simulation/day.ts';
import { type Simulated, simulateDays } from './simulation/days.ts';
import { lossyFinding, problemsOf, resultOf } from './simulation/simulation.ts';

/** A thousand of them are `npm run endurance -- simulation`. */
const SEEDS = 30;
const DEVICES = 1_000;
const FEW = 60;
/** Of 100,000 it is `npm run endurance -- lossy`. */
const LOSSY = 200;

describe('a simulated day', () => {
  it('of a thousand devices leaves no violation, whatever goes wrong in it', async () => {
    const all: Simulated[] = [];
    const began = performance.now();
    const days = Array.from({ length: SEEDS }, (_, at) => ({ seed: at + 1, devices: DEVICES }));
    await simulateDays(days, (one) => all.push(one));
    const result = resultOf(all, (performance.now() - began) / 1_000);
    await noteFigure({
      id: 'R-11',
      seed: 1,
      ...result,
      command: 'vitest run test/endurance/simulation.test.ts',
    });
    expect(all.flatMap((one) => problemsOf(one).map((what) => `seed ${one.options.seed}: ${what}`))).toEqual(
      [],
    );
    expect(all).toHaveLength(SEEDS);
    const protocols = all.flatMap((one) => ('day' in one ? Object.keys(one.day.succeeded) : []));
    expect(new Set(protocols)).toEqual(new Set(protocolNames));
  }, 900_000);

  it('is the same again from the same seed, and another from another', async () => {
    const [first, again, other] = [
      await simulateDay({ seed: 7, devices: FEW }),
      await simulateDay({ seed: 7, devices: FEW }),
      await simulateDay({ seed: 8, devices: FEW }),
    ];
    expect(again.fingerprint).toBe(first.fingerprint);
    expect(other.fingerprint).not.toBe(first.fingerprint);
    expect(first.events).toBeGreaterThan(0);
  }, 900_000);
});

describe('a fleet whose messages are lost, repeated and late', () => {
  it('is known to the server as it was', async () => {
    const finding = await lossyFinding(19, LOSSY);
    await noteFigure({ ...finding, command: 'vitest run test/endurance/simulation.test.ts' });
    expect(finding).toMatchObject({ pass: true, result: expect.stringContaining('0 differences') });
  }, 900_000);
});
