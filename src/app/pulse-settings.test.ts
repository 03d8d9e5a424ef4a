import { describe, expect, it } from 'vitest';
import type { AccountSettings } from './account-records.ts';
import { afterChanges, type CategoryChange, categoriesOf, categoryOf } from './pulse-settings.ts';

const fresh: AccountSettings = { approvalPolicy: 'none', settings: { 'console.theme': 'dark' } };

const changed = (changes: readonly CategoryChange[], was = fresh): AccountSettings => {
  const result = afterChanges(was, changes);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
};
const approval = (value: unknown): CategoryChange => ({
  category: 'campaign',
  settings: { 'campaign-approval-needed': value },
});

describe('categories of an account', () => {
  it('are campaign and system at least', () => {
    expect(categoriesOf(fresh)).toEqual([
      { category: 'campaign', settings: { 'campaign-approval-needed': 'false' }, finalSettings: {} },
      { category: 'system', settings: {}, finalSettings: {} },
    ]);
  });

  it('keep what was set, whatever its type', () => {
    const settings = {
      days: 20,
      text: '20',
      on: true,
      domains: ['a.example'],
      nested: { host: 'b', port: null },
      mark: 'json:not really',
    };
    const account = changed([{ category: 'iam', settings, finalSettings: { 'a.b': 'c' } }]);
    expect(categoryOf(account, 'iam')).toEqual({
      category: 'iam',
      settings,
      finalSettings: { 'a.b': 'c' },
    });
    expect(account.settings['pulse.iam.text']).toBe('20');
  });

  it('show what another API wrote under their names as it stands', () => {
    const account: AccountSettings = { ...fresh, settings: { 'pulse.iam.odd': 'json:{' } };
    expect(categoryOf(account, 'iam').settings).toEqual({ odd: 'json:{' });
  });

  it('do not take names apart that only begin alike', () => {
    const account = changed([
      { category: 'iam', settings: { a: '1' } },
      { category: 'iam2', settings: { a: '2' } },
    ]);
    expect(categoryOf(account, 'iam').settings).toEqual({ a: '1' });
  });
});

describe('a change of categories', () => {
  it('leaves the settings of other wires and categories alone', () => {
    const first = changed([{ category: 'metric', settings: { a: '1' } }]);
    expect(changed([{ category: 'iam', settings: { b: '2' } }], first).settings).toEqual({
      'console.theme': 'dark',
      'pulse.metric.a': '1',
      'pulse.iam.b': '2',
    });
  });

  it('replaces a map that is given and leaves one that is not', () => {
    const first = changed([{ category: 'iam', settings: { a: '1', b: '2' }, finalSettings: { c: '3' } }]);
    const second = changed([{ category: 'iam', settings: { b: '4' } }], first);
    expect(categoryOf(second, 'iam')).toEqual({
      category: 'iam',
      settings: { b: '4' },
      finalSettings: { c: '3' },
    });
  });

  it.each([
    ['none', 'true', 'one'],
    ['one', 'true', 'one'],
    ['two-others', 'true', 'two-others'],
    ['two-others', 'false', 'none'],
    ['none', 'false', 'none'],
    ['none', true, 'one'],
  ] as const)('makes of the policy %s and the answer %s the policy %s', (policy, answer, then) => {
    expect(changed([approval(answer)], { ...fresh, approvalPolicy: policy }).approvalPolicy).toBe(then);
  });

  it('leaves the policy alone when it does not name it', () => {
    const account = changed(
      [{ category: 'campaign', settings: { other: 'x' } }],
      changed([approval('true')]),
    );
    expect(account.approvalPolicy).toBe('one');
    expect(categoryOf(account, 'campaign').settings).toEqual({
      'campaign-approval-needed': 'true',
      other: 'x',
    });
  });

  it('shows the policy that holds, and not what was once set', () => {
    const set = changed([{ category: 'campaign', finalSettings: { 'campaign-approval-needed': 'true' } }]);
    expect(set.approvalPolicy).toBe('one');
    expect(categoryOf({ ...set, approvalPolicy: 'none' }, 'campaign')).toEqual({
      category: 'campaign',
      settings: { 'campaign-approval-needed': 'false' },
      finalSettings: { 'campaign-approval-needed': 'false' },
    });
  });

  it.each([
    [approval('yes'), 'campaign.campaign-approval-needed'],
    [{ category: '', settings: {} }, 'category'],
    [{ category: 'a.b', settings: {} }, 'category'],
    [{ category: 'a', settings: { '': 'x' } }, 'a.'],
    [{ category: 'a', settings: { ['k'.repeat(130)]: 'x' } }, `a.${'k'.repeat(130)}`],
    [{ category: 'a', settings: { k: 'x'.repeat(4_097) } }, 'a.k'],
    [
      {
        category: 'a',
        settings: Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`k${n}`, 'x'])),
      },
      'settings',
    ],
  ] as const)('is refused: %j', (change, field) => {
    expect(afterChanges(fresh, [change])).toMatchObject({ ok: false, refusal: { code: 'invalid', field } });
  });
});
