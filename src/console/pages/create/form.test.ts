import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../client/problem.ts';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { draftKey, dropDraft, keepDraft, readDraft, type Shelf } from './draft.ts';
import { flawAt, flawExactlyAt, flawsOf } from './flaws.ts';
import { formLike, freshForm, idsOf, missingOf, named } from './form.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const { plan } = freshForm();

describe('a new campaign', () => {
  it('lacks a name, packages and devices, and says so at each field', () => {
    expect(missingOf(freshForm(), true).map(({ at }) => at)).toEqual([
      '/name',
      '/packages',
      '/target/expression',
    ]);
  });

  it('lacks nothing once these are there', () => {
    const target = { by: 'query', expression: '*', list: null, reevaluateSeconds: 0 } as const;
    const done = { ...plan, name: 'Spring', packages: ['p1'], target };
    expect(missingOf({ plan: done, devices: [] }, true)).toEqual([]);
  });

  it('by hand lacks ids, and says which of them are none', () => {
    const byHand: typeof plan = { ...plan, name: 'Spring', packages: ['p1'], target: { by: 'hand' } };
    expect(missingOf({ plan: byHand, devices: [] }, true)).toMatchObject([{ at: '/devices' }]);
    expect(missingOf({ plan: byHand, devices: [] }, false)).toEqual([]);
    expect(missingOf({ plan: byHand, devices: ['gw-1', 'a/b'] }, true)).toMatchObject([
      { at: '/devices', text: expect.stringContaining('a/b') },
    ]);
  });

  it('is sent under some name while it has none', () => {
    expect(named(plan).name).not.toBe('');
    expect(named({ ...plan, name: 'Spring' }).name).toBe('Spring');
  });

  it('takes ids however they are pasted, each once', () => {
    expect(idsOf(' gw-1, gw-2;\ngw-1\t gw-3 ')).toEqual(['gw-1', 'gw-2', 'gw-3']);
  });
});

describe('another campaign like one', () => {
  const before = '2026-11-01T00:00:00.000Z';
  const after = '2026-12-24T00:00:00.000Z';
  const freeze = { name: 'Harvest', from: before, to: before };
  const campaign = {
    ...plan,
    ...{ id: 'c1', name: 'Spring', status: 'ended', revision: 3, endAt: before },
    download: { notBefore: before, windows: [], spreadSeconds: 60 },
    install: { notBefore: after, windows: [], spreadSeconds: 60 },
    freezes: [freeze, { ...freeze, to: after }],
  } as unknown as Campaign;

  it('has its rules, but no instants that are past', () => {
    const like = formLike(campaign, NOW).plan;
    expect(like).toMatchObject({
      ...{ name: 'Spring (another)', endAt: null, rollout: plan.rollout },
      download: { notBefore: null, spreadSeconds: 0 },
      install: { notBefore: after, spreadSeconds: 60 },
      freezes: [{ to: after }],
    });
    expect(like).not.toHaveProperty('status');
  });
});

describe('what the server finds wrong', () => {
  const problem = (fields: object) =>
    new ProblemError({
      ...{ type: 'x', title: 'Invalid value', status: 422, detail: 'It is wrong.', code: 'invalid' },
      ...{ requestId: 'r1', ...fields },
    });

  it('is shown at the field that it names', () => {
    const flaws = flawsOf(
      problem({
        errors: [{ at: '/plan/rollout/waves/0/size/percent', expected: 'at most 100', got: '120' }],
      }),
    );
    expect(flaws).toEqual([
      { at: '/rollout/waves/0/size/percent', text: 'Expected at most 100; this is 120.' },
    ]);
    expect(flawAt(flaws, '/rollout/waves/0')).toContain('at most 100');
    expect(flawAt(flaws, '/rollout/waves/1')).toBeUndefined();
    expect(flawExactlyAt(flaws, '/rollout')).toBeUndefined();
  });

  it.each([
    [{ code: 'query/syntax', detail: 'At character 4: expected an operator.' }, '/target/expression'],
    [{ code: 'not-found', detail: 'There is no package p9.' }, '/packages'],
    [{ code: 'not-found', detail: 'There is no query q9.' }, '/target'],
    [{ code: 'forbidden', detail: 'You need a permission.' }, ''],
  ])('is shown where it belongs: %o', (fields, at) => {
    expect(flawsOf(problem(fields))).toEqual([{ at, text: fields.detail }]);
  });

  it('is nothing where the server did not answer', () => {
    expect(flawsOf(new TypeError('network'))).toEqual([]);
  });
});

describe('a draft', () => {
  const newShelf = (): Shelf & { readonly texts: Map<string, string> } => {
    const texts = new Map<string, string>();
    return {
      texts,
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, text) => void texts.set(key, text),
      removeItem: (key) => void texts.delete(key),
    };
  };
  const key = draftKey('main', 'ada', 'new');
  const draft = { ...freshForm(), at: NOW, revision: 0 };

  it('is kept for each account and person, until it is dropped', () => {
    const shelf = newShelf();
    expect(keepDraft(shelf, key, draft)).toBe(true);
    expect(readDraft(shelf, key)).toEqual(draft);
    expect(readDraft(shelf, draftKey('main', 'bob', 'new'))).toBeUndefined();
    dropDraft(shelf, key);
    expect(readDraft(shelf, key)).toBeUndefined();
  });

  it('is none where the text is another', () => {
    const shelf = newShelf();
    for (const text of ['{', '7', '{"form":0,"draft":{}}']) {
      shelf.setItem(key, text);
      expect(readDraft(shelf, key)).toBeUndefined();
    }
  });

  it('is told not to be kept where there is no room', () => {
    const full: Shelf = {
      ...newShelf(),
      setItem: () => {
        throw new Error('quota');
      },
    };
    expect(keepDraft(full, key, draft)).toBe(false);
  });
});
