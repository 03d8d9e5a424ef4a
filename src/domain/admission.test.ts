import { describe, expect, it } from 'vitest';
import { sampleDevice } from '../../test/support/samples.ts';
import { admissionOf, isTallied, limitsOf, scopesToRead, standingOf } from './admission.ts';
import { defaultPlan, type Plan } from './plan.ts';
import type { Wave } from './rollout.ts';
import type { Tallies } from './tally.ts';
import { MINUTE } from './time.ts';
import { newUpdate } from './update.ts';

const now = 100 * MINUTE + 30_000;
const device = sampleDevice({ id: 'truck-7', tags: ['pilot'], attributes: { depot: 'Kiel', doors: 4 } });
const wave = (size: Wave['size']): Wave => ({ name: '', size, success: 100, soak: 0, manual: false });
const ramp: Partial<Plan> = { rollout: { by: 'ramp', perMinute: 60, factor: 2, every: 10, most: 240 } };
const waves: Partial<Plan> = {
  rollout: {
    by: 'waves',
    waves: [wave({ by: 'count', count: 5 }), wave({ by: 'query', expression: 'tag = pilot' })],
  },
};
const budgets: Partial<Plan> = {
  budgets: [
    { attribute: 'depot', most: 2 },
    { attribute: 'uplink', most: 1 },
  ],
};
const rules: Partial<Plan> = {
  stopRules: [
    {
      signal: 'any',
      scope: { by: 'attribute', attribute: 'doors' },
      minimum: 1,
      threshold: { count: 1 },
      action: 'hold',
      rollBackTo: null,
    },
  ],
};
const plan = (...parts: readonly Partial<Plan>[]): Plan => Object.assign({}, defaultPlan, ...parts);
const counted = (tallies: Readonly<Record<string, Tallies>>) => new Map(Object.entries(tallies));
const standing = (of: Plan, tallies: Readonly<Record<string, Tallies>> = {}) =>
  standingOf({ id: 'c', plan: of }, newUpdate(0), device, counted(tallies));

describe('a campaign', () => {
  it.each([
    ['nothing of the kind', {}, false],
    ['a limit', { concurrency: 1 }, true],
    ['waves', waves, true],
    ['a ramp', ramp, true],
    ['budgets', budgets, true],
    ['stop rules', rules, true],
  ])('with %s counts its devices by scope: %s', (_, part, tallied) => {
    expect(isTallied(plan(part))).toBe(tallied);
    expect(admissionOf(plan(part), standing(plan(part)), now) !== null).toBe(tallied);
    expect(scopesToRead(plan(part), device, now).length > 0).toBe(tallied);
  });
});

describe('where a device stands', () => {
  it('is in the campaign, in its wave, and at each value that a budget or a rule names', () => {
    expect(standing(plan(waves, budgets, rules))).toEqual({
      wave: 0,
      scopes: ['', 'wave/0', 'attributes.depot/Kiel', 'attributes.doors/4'],
    });
  });

  it('is a later wave once a wave by count is full', () => {
    expect(standing(plan(waves), { 'wave/0': { started: 5 } }).wave).toBe(1);
  });

  it('is what it was let in under, whatever it would be by now', () => {
    const admission = { wave: 0, scopes: ['', 'wave/0'] };
    const update = { ...newUpdate(0), admission };
    const full = counted({ 'wave/0': { started: 5 } });
    expect(standingOf({ id: 'c', plan: plan(waves, budgets) }, update, device, full)).toBe(admission);
  });

  it('knows no attribute that every object has', () => {
    const odd = plan({ budgets: [{ attribute: 'constructor', most: 1 }] });
    expect(standing(odd).scopes).toEqual(['']);
  });
});

describe('what is to be known of the tallies', () => {
  it('is the campaign, waves by count, the budgets of the device and the minute of a ramp', () => {
    expect(scopesToRead(plan(waves, budgets, rules), device, now)).toEqual([
      '',
      'wave/0',
      'attributes.depot/Kiel',
    ]);
    expect(scopesToRead(plan(ramp), device, now)).toEqual(['', 'minute/100']);
  });
});

describe('the limits of an admission', () => {
  const limits = (of: Plan, isFirst: boolean, tallies: Readonly<Record<string, Tallies>> = {}) =>
    limitsOf(of, standing(of, tallies), counted(tallies), isFirst, now);

  it('are those that the gate has looked at', () => {
    expect(limits(plan(waves, budgets, { concurrency: 9 }), true)).toEqual([
      { scope: '', tally: 'in-progress', most: 9 },
      { scope: 'attributes.depot/Kiel', tally: 'in-progress', most: 2 },
      { scope: 'wave/0', tally: 'started', most: 5 },
    ]);
  });

  it('are of the minute for a ramp, by its successes so far', () => {
    expect(limits(plan(ramp), true)).toEqual([{ scope: 'minute/100', tally: 'started', most: 31 }]);
    const faster = limits(plan(ramp), true, { '': { succeeded: 10 } });
    expect(faster).toEqual([{ scope: 'minute/100', tally: 'started', most: 62 }]);
    expect(admissionOf(plan(ramp), standing(plan(ramp)), now)?.scopes).toEqual(['', 'minute/100']);
  });

  it('of another attempt are only those of what is in progress', () => {
    expect(limits(plan(waves, budgets), false)).toEqual([
      { scope: 'attributes.depot/Kiel', tally: 'in-progress', most: 2 },
    ]);
    expect(limits(plan(ramp), false)).toEqual([]);
  });
});
