import { describe, expect, it } from 'vitest';
import type { Tripped } from './rollout.ts';
import { firedRules, rebased, ruledScopes, type StopRule } from './stop-rule.ts';
import type { Admission, Tallies } from './tally.ts';

const rule = (given: Partial<StopRule> = {}): StopRule => ({
  signal: 'any',
  scope: { by: 'campaign' },
  minimum: 10,
  threshold: { percent: 20 },
  action: 'pause',
  rollBackTo: null,
  ...given,
});
const admission: Admission = { wave: 1, scopes: ['', 'wave/1', 'attributes.site/north', 'attributes.sit/e'] };

type Row = readonly [given: string, Partial<StopRule>, Tallies, fires: boolean];

const rows: readonly Row[] = [
  ['nothing closed', {}, { started: 50, 'in-progress': 50 }, false],
  ['too few closed, all of them badly', {}, { failed: 9 }, false],
  ['just enough closed, and the threshold reached', {}, { succeeded: 8, failed: 2 }, true],
  ['just enough closed, and one short of the threshold', {}, { succeeded: 9, failed: 1 }, false],
  ['devices that an operator ended, which are no sample', {}, { succeeded: 7, failed: 2, other: 9 }, false],
  ['a count', { threshold: { count: 3 } }, { succeeded: 100, failed: 3 }, true],
  ['one less than a count', { threshold: { count: 3 } }, { succeeded: 100, failed: 2 }, false],
  ['a minimum of one', { minimum: 1, threshold: { count: 1 } }, { failed: 1 }, true],
  ['only successes', { minimum: 1, threshold: { percent: 1 } }, { succeeded: 1000 }, false],
  ['failures', { signal: 'failed' }, { succeeded: 8, failed: 2 }, true],
  ['failures that were undone', { signal: 'failed' }, { succeeded: 8, 'rolled-back': 2 }, true],
  ['rejections where failures count', { signal: 'failed' }, { succeeded: 8, rejected: 2 }, false],
  ['rejections', { signal: 'rejected' }, { succeeded: 8, rejected: 2 }, true],
  ['time-outs', { signal: 'timed-out' }, { succeeded: 8, 'timed-out': 1, silent: 1 }, true],
  ['silence', { signal: 'silent' }, { succeeded: 8, silent: 2 }, true],
  ['time-outs where silence counts', { signal: 'silent' }, { succeeded: 8, 'timed-out': 2 }, false],
  ['devices that went back', { signal: 'rolled-back' }, { succeeded: 8, 'rolled-back': 2 }, true],
  ['failures where going back counts', { signal: 'rolled-back' }, { succeeded: 8, failed: 2 }, false],
  [
    'one of each',
    {},
    { succeeded: 5, failed: 1, rejected: 1, 'timed-out': 1, silent: 1, 'rolled-back': 1 },
    true,
  ],
];

describe('a stop rule', () => {
  it.each(rows)('given %s', (_, given, tallies, fires) => {
    const fired = firedRules([rule(given)], admission, new Map([['', tallies]]), { tripped: [] });
    expect(fired.length > 0).toBe(fires);
  });

  it.each([
    [{ by: 'campaign' }, ''],
    [{ by: 'wave' }, 'wave/1'],
    [{ by: 'attribute', attribute: 'site' }, 'attributes.site/north'],
  ] as const)('of the scope %j looks at the tallies of that alone', (scope, name) => {
    const others = [...admission.scopes].filter((one) => one !== name);
    const bad: Tallies = { failed: 10 };
    const elsewhere = new Map(others.map((one) => [one, bad]));
    expect(firedRules([rule({ scope })], admission, elsewhere, { tripped: [] })).toEqual([]);
    expect(firedRules([rule({ scope })], admission, new Map([[name, bad]]), { tripped: [] })).toEqual([
      { rule: 0, scope: name, closed: 10, hits: 10 },
    ]);
    expect(ruledScopes([rule({ scope }), rule({ scope })], admission)).toEqual([name]);
  });

  it('of a scope that the device is not in, never fires', () => {
    const rules = [rule({ scope: { by: 'attribute', attribute: 'orbit' } }), rule({ scope: { by: 'wave' } })];
    const nowhere = { wave: null, scopes: [''] };
    expect(ruledScopes(rules, nowhere)).toEqual([]);
    expect(firedRules(rules, nowhere, new Map([['', { failed: 99 }]]), { tripped: [] })).toEqual([]);
  });

  it('fires beside others, each by its number', () => {
    const rules = [rule({ minimum: 100 }), rule({ action: 'alert' }), rule({ threshold: { count: 2 } })];
    const fired = firedRules(rules, admission, new Map([['', { failed: 10 }]]), { tripped: [] });
    expect(fired.map(({ rule: number }) => number)).toEqual([1, 2]);
  });

  it('that fired before counts what came since, with a minimum of its own', () => {
    const tripped: Tripped[] = [{ rule: 0, scope: '', at: 5, closed: 10, hits: 2 }];
    const fires = (tallies: Tallies) =>
      firedRules([rule()], admission, new Map([['', tallies]]), { tripped }).length > 0;
    expect(fires({ succeeded: 8, failed: 2 })).toBe(false);
    expect(fires({ succeeded: 8, failed: 11 })).toBe(false);
    expect(fires({ succeeded: 8, failed: 12 })).toBe(true);
    expect(fires({ succeeded: 17, failed: 3 })).toBe(false);
    expect(fires({ succeeded: 16, failed: 4 })).toBe(true);
  });

  it('that fired before goes by no more than is still counted, where it was asked', () => {
    const one: Tripped = { rule: 0, scope: '', at: 5, closed: 10, hits: 4 };
    const other: Tripped = { ...one, scope: 'wave/0' };
    const gone: Tripped = { ...one, rule: 7 };
    const tripped = [one, other, gone];
    const left = new Map<string, Tallies>([['', { succeeded: 6, failed: 1 }]]);
    expect(rebased([rule()], tripped, left, [''])).toEqual([{ ...one, closed: 7, hits: 1 }, other, gone]);
    expect(rebased([rule()], tripped, left, [])).toBe(tripped);
    const more = new Map<string, Tallies>([['', { succeeded: 6, failed: 5 }]]);
    expect(rebased([rule()], tripped, more, [''])).toBe(tripped);
  });

  it('that fired for one scope fires for another as if it never had', () => {
    const tripped: Tripped[] = [{ rule: 0, scope: 'wave/0', at: 5, closed: 10, hits: 10 }];
    const counted = new Map<string, Tallies>([['wave/1', { failed: 10 }]]);
    expect(firedRules([rule({ scope: { by: 'wave' } })], admission, counted, { tripped })).toHaveLength(1);
  });
});
