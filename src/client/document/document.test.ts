import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPlan } from '../../../test/support/plans.ts';
import type { PackageRef } from '../../wire/muster/campaign-document.ts';
import { differences, needsApproval, patchOf } from './diff.ts';
import { type Flaw, parseCampaign } from './parse.ts';
import { type Names, newPlan, planOf } from './plan.ts';
import { documentOf, documentText } from './write.ts';

const names: Names = {
  packageId: (ref: PackageRef) => (typeof ref === 'string' ? ref : `${ref.name}@${ref.version}`),
  savedQuery: () => ({ id: 'q1', expression: 'tag = "lab"' }),
};
const titles = {
  packageRef: (id: string): PackageRef => {
    const [name, version] = id.split('@');
    return name === undefined || version === undefined ? id : { name, version };
  },
  queryName: () => undefined,
};

const head = 'apiVersion: muster/v1\nkind: Campaign\nname: spring\n';

const flaws = (text: string): readonly Flaw[] => {
  const parsed = parseCampaign(text);
  return parsed.ok ? [] : parsed.flaws;
};
const parsed = (text: string) => {
  const found = parseCampaign(text);
  if (!found.ok) throw new Error(JSON.stringify(found.flaws));
  return found.document;
};

describe('a campaign as text', () => {
  it('is the plan that it was written from, whatever it is', () => {
    const roundTrip = fc.property(anyPlan(['p1', 'fw@2.0']), (plan) => {
      const text = documentText(documentOf(plan, titles));
      expect(differences(plan, planOf(parsed(text), names)), text).toEqual([]);
    });
    fc.assert(roundTrip, { numRuns: 500 });
  });

  it('leaves out what is as in a new campaign', () => {
    const plan = { name: 'spring', ...newPlan, retry: { ...newPlan.retry, attempts: 5 } };
    expect(documentText(documentOf(plan, titles))).toBe(
      `${head}spec:\n  target:\n    by: hand\n  retry:\n    attempts: 5\n`,
    );
  });

  it('may be JSON, and has what it leaves out as in a new campaign', () => {
    const text = JSON.stringify({
      ...{ apiVersion: 'muster/v1', kind: 'Campaign', name: 'spring' },
      spec: { timeouts: { downloadSeconds: 60 }, endAt: '2026-12-01T10:00:00+02:00' },
    });
    expect(planOf(parsed(text), names)).toEqual({
      ...{ name: 'spring', ...newPlan },
      timeouts: { ...newPlan.timeouts, downloadSeconds: 60 },
      endAt: '2026-12-01T08:00:00.000Z',
    });
  });

  it('takes the expression of the saved query that it names', () => {
    const { target } = planOf(parsed(`${head}spec: { target: { by: query, query: lab } }`), names);
    expect(target).toEqual({ by: 'query', list: 'q1', expression: 'tag = "lab"', reevaluateSeconds: 0 });
  });
});

describe('what is wrong with a text', () => {
  it.each([
    ['a: [1', 1, 'must be sufficiently indented'],
    ['', 1, '"apiVersion" is missing'],
    [`${head}spec: { order: fifo }`, 4, 'expected recently-seen, first-in-first-out; got "fifo"'],
    [`${head}spec: { ordr: x }`, 4, 'did you mean "order"?'],
    [`${head}spec:\n  priority: 101`, 5, 'expected 100 or less, got 101'],
    [`${head}spec:\n  priority: high`, 5, 'expected a whole number, got "high"'],
    [`${head}spec:\n  endAt: tomorrow`, 5, 'expected an instant'],
    [`${head}spec:\n  endAt: 2026-13-01T00:00:00Z`, 5, 'expected an instant'],
    [`${head}spec:\n  target: { by: quer }`, 5, 'did you mean "query"?'],
    [`${head}spec:\n  target: { devices: [a] }`, 5, '"by" is missing: one of hand, query'],
    [`${head}spec:\n  target: { by: hand, devices: [a], file: b }`, 5, 'exclude each other'],
    [`${head}spec:\n  packages:\n    - 7`, 6, 'expected text or names with values, got 7; put it in quotes'],
    [`${head}spec:\n  checkpoints: [download, download]`, 5, 'names something twice'],
    [`${head}spec:\n  settings: { a: 1 }`, 5, 'expected text, got 1; put it in quotes'],
    [`${head}name: again\nspec: {}`, 4, 'Map keys must be unique'],
    [`${head}spec:\n  rollout: { by: waves, waves: [] }`, 5, 'expected 1 or more, got 0'],
    [`${head}spec:\n  concurrency: "5"`, 5, 'expected a whole number or nothing (null), got "5"'],
    [`${head}spec: {}\n---\n${head}spec: {}`, 5, 'multiple documents'],
  ])('is told with its line: %j', (text, line, message) => {
    expect(flaws(text)[0]).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  it('is all of it, in the order of the text, each at its column', () => {
    const text = `${head}spec:\n  rollout:\n    by: waves\n    waves:\n      - { name: a, size: { by: percent, percent: ten }, success: 200, soakSeconds: 0, manual: maybe }\n`;
    expect(flaws(text)).toMatchObject([
      { line: 8, column: 50, path: 'spec.rollout.waves[0].size.percent' },
      { line: 8, column: 66, path: 'spec.rollout.waves[0].success' },
      { line: 8, column: 95, path: 'spec.rollout.waves[0].manual' },
    ]);
  });
});

describe('the difference of two plans', () => {
  const plan = { name: 'spring', ...newPlan };
  const other = { ...plan, concurrency: 5, install: { ...plan.install, spreadSeconds: 60 } };

  it('names every place, and the fields that have to change', () => {
    expect(differences(plan, other)).toEqual([
      { path: 'install.spreadSeconds', from: 0, to: 60 },
      { path: 'concurrency', from: null, to: 5 },
    ]);
    expect(patchOf(plan, other)).toEqual({ concurrency: 5, install: other.install });
    expect(patchOf(plan, plan)).toEqual({});
  });

  it('does not mind in which order names are', () => {
    const settings = { ...plan, settings: { a: '1', b: '2' } };
    expect(differences(settings, { ...plan, settings: { b: '2', a: '1' } })).toEqual([]);
  });

  it('asks for approval unless only words about it change', () => {
    expect(needsApproval(patchOf(plan, other))).toBe(true);
    expect(needsApproval(patchOf(plan, { ...plan, description: 'new' }))).toBe(false);
  });
});
